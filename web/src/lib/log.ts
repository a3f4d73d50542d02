// The learner's log as a person reads it.
import type { LogLine } from './api';

/** The entries, newest first as they come, without passes of a step whose attempt before was a pass already: a check judges every
 * step again up to the first that fails. */
export function withoutRepeats(log: LogLine[]): LogLine[] {
  const isPass = new Map<string, boolean>();
  const news = log.toReversed().filter(({ kind, place, part, passed }) => {
    if (kind !== 'attempt') return true;
    const step = `${place}\n${part}`;
    const isRepeat = passed === true && isPass.get(step) === true;
    isPass.set(step, passed === true);
    return !isRepeat;
  });
  return news.reverse();
}
