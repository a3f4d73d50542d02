// Draws loss curves with Observable Plot. Loaded only where a curve is shown.
//
// Lines are labelled where they end instead of in a legend; the loss axis is logarithmic, because late progress is
// small and matters. Colours come from the tokens, so a change of theme needs no new drawing.
import * as Plot from '@observablehq/plot';
import { loss } from './format';
import { smoothed, thinned, type Point } from './training';

export interface Series {
  /** What stands at the end of its line; the validation line is named after it. */
  name: string;
  color: string;
  training: Point[];
  validation: Point[];
}

export interface CurveOptions {
  series: Series[];
  /** Right end of the axis. */
  steps: number;
  width: number;
  height: number;
  /** Whether each step is drawn too, faintly behind the mean. */
  raw: boolean;
  words: { steps: string; loss: string; validation: string };
  /** A step as a person writes it. */
  count: (step: number) => string;
  /** The same in a sentence: `step 20`. */
  atStep: (step: number) => string;
}

interface Label {
  text: string;
  color: string;
  x: number;
  y: number;
}

/** More points than pixels cannot be seen. */
const POINTS_MAX = 1200;
const LABEL_HEIGHT = 16;
const LABEL_ROOM = 124;

export function draw(options: CurveOptions): SVGElement {
  const { series, width, height, steps, words } = options;
  const lines = series.map((one) => ({ ...one, mean: thinned(smoothed(one.training), POINTS_MAX) }));
  const hovered = lines.flatMap(({ name, mean, validation }) => [
    ...mean.map((point) => ({ ...point, name })),
    ...validation.map((point) => ({
      ...point,
      name: series.length > 1 ? `${name} · ${words.validation}` : words.validation,
    })),
  ]);
  const drawn = lines.flatMap(({ mean, training, validation }) => [
    ...mean,
    ...validation,
    ...(options.raw ? training : []),
  ]);
  const domain = [0.97, 1.03].map(
    (margin, i) =>
      margin * Math[i === 0 ? 'min' : 'max'](...thinned(drawn, POINTS_MAX).map((point) => point.loss)),
  ) as [number, number];
  const ticks = lossTicks(...domain);
  const stepTicks = evenTicks(0, Math.max(1, steps), Math.max(2, Math.floor(width / 130)));
  const plot = Plot.plot({
    width,
    height,
    marginLeft: 46,
    marginRight: LABEL_ROOM,
    marginTop: 26,
    marginBottom: 30,
    style: {
      background: 'none',
      fontFamily: 'inherit',
      fontSize: '12.5px',
      color: 'var(--ink-2)',
      overflow: 'visible',
    },
    x: {
      domain: [0, Math.max(1, steps)],
      ticks: stepTicks,
      // The unit stands at the last number, where the eye ends.
      tickFormat: (step: number) =>
        step === stepTicks.at(-1) ? `${options.count(step)} ${words.steps}` : options.count(step),
      label: null,
      tickSize: 0,
    },
    y: { type: 'log', domain, axis: null },
    marks: [
      Plot.gridY(ticks, { stroke: 'var(--line)', strokeOpacity: 1 }),
      // Given as text, because a logarithmic axis leaves out labels that it takes for crowded.
      Plot.axisY(ticks, {
        text: (tick: number) => String(tick),
        label: words.loss,
        labelArrow: 'none',
        tickSize: 0,
      }),
      ...lines.flatMap((line) => [
        options.raw
          ? Plot.line(thinned(line.training, POINTS_MAX), {
              x: 'step',
              y: 'loss',
              stroke: line.color,
              strokeOpacity: 0.28,
              strokeWidth: 1,
            })
          : null,
        Plot.line(line.mean, { x: 'step', y: 'loss', stroke: line.color, strokeWidth: 2.2 }),
        Plot.line(line.validation, {
          x: 'step',
          y: 'loss',
          stroke: line.color,
          strokeWidth: 1.6,
          strokeDasharray: '5 4',
        }),
        Plot.dot(line.validation, {
          x: 'step',
          y: 'loss',
          fill: 'var(--paper)',
          stroke: line.color,
          strokeWidth: 1.6,
          r: 2.8,
        }),
      ]),
      Plot.tip(
        hovered,
        Plot.pointer({
          x: 'step',
          y: 'loss',
          title: (point: Point & { name: string }) =>
            `${point.name}\n${options.atStep(point.step)}\n${loss(point.loss)}`,
          lineHeight: 1.35,
          fill: 'var(--surface)',
          stroke: 'var(--edge)',
        }),
      ),
    ],
  });
  label(plot, lines, options);
  // The chart is one picture with one description; names of its parts are noise to a screen reader.
  plot.querySelectorAll('[aria-label]').forEach((part) => part.removeAttribute('aria-label'));
  return plot as unknown as SVGElement;
}

/** Writes each line's name and last value at its end, moved apart where they would cover each other. */
function label(
  plot: ReturnType<typeof Plot.plot>,
  lines: (Series & { mean: Point[] })[],
  options: CurveOptions,
): void {
  const [x, y] = [plot.scale('x'), plot.scale('y')];
  if (!x || !y) return;
  const at = (point: Point | undefined, text: string, color: string): Label[] =>
    point
      ? [{ text: `${text} ${loss(point.loss)}`, color, x: x.apply(point.step), y: y.apply(point.loss) }]
      : [];
  const labels = lines.flatMap((line) => [
    ...at(line.mean.at(-1), line.name, line.color),
    // With several runs the dashes say what it is, and the name says whose.
    ...(lines.length > 1 ? [] : at(line.validation.at(-1), options.words.validation, 'var(--ink-2)')),
  ]);
  for (const one of spread(labels, options.height - 40)) {
    const text = document.createElementNS('http://www.w3.org/2000/svg', 'text');
    text.setAttribute('x', String(Math.min(one.x, options.width - LABEL_ROOM) + 9));
    text.setAttribute('y', String(one.y));
    text.setAttribute('dy', '0.32em');
    text.setAttribute('text-anchor', 'start');
    text.setAttribute('fill', one.color);
    text.setAttribute('class', 'label');
    text.textContent = one.text;
    plot.append(text);
  }
}

/** Round numbers between the bounds of a logarithmic axis, few enough to read. */
export function lossTicks(low: number, high: number): number[] {
  if (high / low > 3) {
    const round = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 1.5, 2, 3, 4, 6, 8, 10, 20, 50, 100];
    return round.filter((tick) => tick >= low && tick <= high);
  }
  return evenTicks(low, high, 4);
}

/** About `n` round numbers at equal distances. */
export function evenTicks(low: number, high: number, n: number): number[] {
  const rough = (high - low) / n;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.99) ?? 10);
  const first = Math.ceil(low / step);
  const length = Math.floor(high / step) - first + 1;
  return Array.from({ length }, (_, i) => Number(((first + i) * step).toPrecision(6)));
}

/** Labels in their order from top to bottom, at least a line apart, none below `bottom`. */
export function spread<T extends { y: number }>(labels: T[], bottom: number): T[] {
  const placed = [...labels].sort((a, b) => a.y - b.y).map((label) => ({ ...label }));
  placed.forEach((label, i) => {
    const above = placed[i - 1];
    if (above) label.y = Math.max(label.y, above.y + LABEL_HEIGHT);
  });
  for (let i = placed.length - 1; i >= 0; i--) {
    const [label, below] = [placed[i], placed[i + 1]];
    if (label) label.y = Math.min(label.y, below ? below.y - LABEL_HEIGHT : bottom);
  }
  return placed;
}
