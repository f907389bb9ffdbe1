/** Numbers as a line of blocks, each as high as its number in proportion to the largest. */

const BLOCKS = "▁▂▃▄▅▆▇█";
/** More numbers are summed up in groups, so that the line fits a terminal. */
const MAX_LENGTH = 48;

export function sparkline(numbers: readonly number[]): string {
  const size = Math.ceil(numbers.length / MAX_LENGTH);
  const sums = Map.groupBy(numbers.entries(), ([index]) => Math.floor(index / size))
    .values()
    .map((group) => group.reduce((sum, [, number]) => sum + number, 0))
    .toArray();
  const most = Math.max(1, ...sums);
  return sums
    .map((sum) => (sum === 0 ? " " : BLOCKS[Math.ceil((sum / most) * BLOCKS.length) - 1]))
    .join("");
}
