/** Axes with ticks, labels and units. */
import type { Box } from './raster-marks.js';
import { label, type Scale, shortLabel, ticks, timeUnitFor } from './scale.js';
import { faint, grid, ink } from './style.js';
import { element, px, textElement } from './svg.js';

const tickLength = 5;

/** The left and bottom edge of a panel. */
export function frame(box: Box): string {
  const d = `M${px(box.x)} ${px(box.y)}v${px(box.height)}h${px(box.width)}`;
  return element('path', { d, stroke: ink, 'stroke-width': 1, fill: 'none' });
}

/** Time below `box`, with light lines through it and through `above`. */
export function timeAxis(time: Scale, box: Box, above: Box): string {
  const unit = timeUnitFor(time.to - time.from);
  const bottom = box.y + box.height;
  const marks = ticks(time.from / unit.ms, time.to / unit.ms, box.width / 90).map((value) => {
    const x = time(value * unit.ms);
    const through = `M${px(x)} ${px(above.y)}v${px(above.height)}M${px(x)} ${px(box.y)}v${px(box.height)}`;
    return [
      element('path', { d: through, stroke: grid }),
      element('path', { d: `M${px(x)} ${px(bottom)}v${tickLength}`, stroke: ink }),
      textElement(label(value), x, bottom + 21, { 'text-anchor': 'middle' }),
    ].join('');
  });
  const name = textElement(`Time (${unit.name})`, box.x + box.width / 2, bottom + 46, {
    'text-anchor': 'middle',
    'font-size': 14,
  });
  return [...marks, name].join('\n');
}

/** Channel numbers left of `box`: all of them where they fit, else a round step. */
export function channelAxis(count: number, centre: (channel: number) => number, box: Box, name: string): string {
  const fitting = Math.max(2, Math.floor(box.height / 18));
  const shown = count <= fitting ? Array.from({ length: count }, (_, i) => i) : ticks(0, count - 1, fitting / 3, 1);
  const marks = shown.map((channel) => {
    const y = centre(channel);
    const tick = element('path', { d: `M${px(box.x)} ${px(y)}h${-tickLength}`, stroke: ink });
    return tick + textElement(label(channel), box.x - 9, y + 4.5, { 'text-anchor': 'end' });
  });
  return [...marks, verticalName([name], box)].join('\n');
}

/** A rate axis that starts at 0: left of the panel, or below it. */
export function rateAxis(scale: Scale, box: Box, name: string[], direction = 'vertical'): string {
  const marks = ticks(scale.from, scale.to, direction === 'vertical' ? 4 : 3).map((value) => {
    const at = scale(value);
    if (direction === 'vertical') {
      const tick = element('path', { d: `M${px(box.x)} ${px(at)}h${-tickLength}`, stroke: ink });
      return tick + textElement(shortLabel(value), box.x - 9, at + 4.5, { 'text-anchor': 'end' });
    }
    const bottom = box.y + box.height;
    const tick = element('path', { d: `M${px(at)} ${px(bottom)}v${tickLength}`, stroke: ink });
    return tick + textElement(shortLabel(value), at, bottom + 21, { 'text-anchor': 'middle' });
  });
  if (direction === 'vertical') return [...marks, verticalName(name, box)].join('\n');
  const attributes = { 'text-anchor': 'middle', 'font-size': 14 };
  return [...marks, textElement(name.join(' '), box.x + box.width / 2, box.y + box.height + 46, attributes)].join('\n');
}

function verticalName(lines: string[], box: Box): string {
  const y = box.y + box.height / 2;
  return lines
    .map((line, i) => {
      const x = 20 + 17 * (i + (lines.length === 1 ? 0.5 : 0));
      const attributes = { 'text-anchor': 'middle', transform: `rotate(-90 ${x} ${px(y)})` };
      return textElement(
        line,
        x,
        y,
        i ? { ...attributes, fill: faint, 'font-size': 12 } : { ...attributes, 'font-size': 14 },
      );
    })
    .join('');
}
