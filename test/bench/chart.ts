/** A bar and the lengths of its segments (ms). */
export type Bar = Readonly<{ name: string; segments: readonly number[] }>;

const WIDTH = 720;
const LABEL = 90;
const ROW = 34;
const TOP = 62;
const COLORS = ['#1f6feb', '#79b8ff'];
const FONT = 'font-family="system-ui, sans-serif" font-size="13" fill="#57606a"';

/** Horizontal stacked bars, as an SVG picture that is readable on a light and on a dark background. */
export function barChart(title: string, legend: readonly string[], bars: readonly Bar[]): string {
  const total = ({ segments }: Bar) => segments.reduce((sum, length) => sum + length, 0);
  const scale = (WIDTH - LABEL - 80) / Math.max(...bars.map(total));
  const height = TOP + bars.length * ROW + 6;
  const keys = legend.map((text, index) => {
    const x = LABEL + index * 230;
    return `<rect x="${x}" y="34" width="12" height="12" fill="${COLORS[index]}"/><text x="${x + 18}" y="45" ${FONT}>${text}</text>`;
  });
  const rows = bars.map((bar, index) => {
    const y = TOP + index * ROW;
    let x = LABEL;
    const rectangles = bar.segments.map((length, color) => {
      const rectangle = `<rect x="${x.toFixed(1)}" y="${y}" width="${(length * scale).toFixed(1)}" height="22" fill="${COLORS[color]}"/>`;
      x += length * scale;
      return rectangle;
    });
    return [
      `<text x="${LABEL - 10}" y="${y + 16}" text-anchor="end" ${FONT}>${bar.name}</text>`,
      ...rectangles,
      `<text x="${(x + 8).toFixed(1)}" y="${y + 16}" ${FONT}>${total(bar).toFixed(0)} ms</text>`,
    ].join('');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">`,
    `<text x="${LABEL}" y="20" font-weight="600" ${FONT}>${title}</text>`,
    ...keys,
    ...rows,
    '</svg>',
    '',
  ].join('\n');
}
