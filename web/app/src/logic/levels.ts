// Which levels the table begins with.
import type { Level } from "../data/documents";

/** None of its runs was left to its own end: such a level says no more than its number. */
const isGivenUp = (level: Level) => level.score === null && level.stopped > 0 && level.failed === 0;

/** The first `most` that say something, each with its rank. */
export const firstLevels = (levels: Level[], most: number): { level: Level; rank: number }[] =>
  ranked(levels).filter(({ level }) => !isGivenUp(level)).slice(0, most);

export const ranked = (levels: Level[]) => levels.map((level, i) => ({ level, rank: i + 1 }));
