// Numbers, durations and times as a person of either language writes them.
import type { Lang } from './preferences.svelte';

const LOCALE: Record<Lang, string> = { zh: 'zh-CN', en: 'en' };

/** `12,345`, rounded to a whole. */
export function count(lang: Lang, value: number): string {
  return new Intl.NumberFormat(LOCALE[lang], { maximumFractionDigits: 0 }).format(value);
}

/** Several steps: `40 and 1,060`, `40和1,060`. */
export function steps(lang: Lang, values: number[]): string {
  return new Intl.ListFormat(LOCALE[lang]).format(values.map((value) => count(lang, value)));
}

/** A loss in nats: three digits behind the point, whatever its size. */
export function loss(value: number): string {
  return value.toFixed(3);
}

/** Parameters: `1.9 million`, `190 万`. */
export function size(lang: Lang, value: number): string {
  const short = (unit: number) => String(Number((value / unit).toPrecision(value / unit >= 100 ? 3 : 2)));
  if (lang === 'zh') {
    if (value >= 1e8) return `${short(1e8)} 亿`;
    return value >= 1e4 ? `${short(1e4)} 万` : `${count(lang, value)} 个`;
  }
  if (value >= 1e9) return `${short(1e9)} billion`;
  if (value >= 1e6) return `${short(1e6)} million`;
  return value >= 1e4 ? `${short(1e3)} thousand` : count(lang, value);
}

/** Bytes as people know them from files, with two digits at least: `1.1 MB`. */
export function fileSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [value, unit] = bytes < 999_500 ? [bytes / 1e3, 'kB'] : [bytes / 1e6, 'MB'];
  return `${value.toFixed(value < 99.95 ? 1 : 0)} ${unit}`;
}

/** A probability: `62 %`, `0.4 %`, `< 0.1 %`. */
export function percent(probability: number): string {
  const value = probability * 100;
  if (value > 0 && value < 0.1) return '< 0.1 %';
  if (value < 10 && value > 0) return `${value.toFixed(1)} %`;
  // 99.97 % must not look certain.
  return `${value < 100 ? Math.min(Math.round(value), 99) : 100} %`;
}

/** A length of time in its two largest units: `3 min 10 s`, `3 分 10 秒`. */
export function duration(lang: Lang, seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const units = lang === 'zh' ? (['小时', '分', '秒'] as const) : (['h', 'min', 's'] as const);
  const [h, min, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (h > 0) return `${h} ${units[0]} ${min} ${units[1]}`;
  if (min >= 10) return `${min} ${units[1]}`;
  return min > 0 ? `${min} ${units[1]} ${s} ${units[2]}` : `${s} ${units[2]}`;
}

/** How long ago a moment (Unix seconds) was, seen from `now`. */
export function ago(lang: Lang, moment: number, now: number): string {
  const format = new Intl.RelativeTimeFormat(LOCALE[lang], { numeric: 'auto' });
  const seconds = moment - now;
  if (seconds > -60) return format.format(0, 'second');
  if (seconds > -3600) return format.format(Math.round(seconds / 60), 'minute');
  if (seconds > -86400) return format.format(Math.round(seconds / 3600), 'hour');
  return format.format(Math.round(seconds / 86400), 'day');
}

/** A setting's value as it would be typed. */
export function setting(value: number | string | boolean): string {
  if (typeof value !== 'number' || value === 0 || Math.abs(value) >= 1e-3) return String(value);
  return value.toExponential();
}

/** Text in which spaces, line ends and other control characters can be seen, for one token alone. */
export function visible(text: string): string {
  const pictured = (control: string) => String.fromCodePoint(0x2400 + Math.min(control.charCodeAt(0), 0x21));
  return text
    .replaceAll(' ', '␣')
    .replaceAll('\n', '↵')
    .replaceAll('\t', '⇥')
    .replaceAll(/[\u0000-\u001f\u007f]/g, pictured);
}

/** Hours: `2`, `2.5`. */
export function hours(value: number): string {
  return String(Number(value.toFixed(1)));
}

/** A moment (milliseconds since 1970) on this computer's clock, to the minute. */
export function moment(lang: Lang, at: number): string {
  return new Intl.DateTimeFormat(LOCALE[lang], { dateStyle: 'short', timeStyle: 'short' }).format(at);
}
