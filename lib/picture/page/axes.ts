/** Axes of the raster, drawn over its canvas: time below, rows on the left. */
import { ticks, timeUnitFor } from '../scale.js';
import type { Camera } from './camera.js';
import { fitCanvas, font } from './element.js';
import type { Theme } from './theme.js';

/** Room for the numbers, in CSS pixels; page.css has the same. */
export const gutter = { left: 64, right: 18, bottom: 40 };

export function drawAxes(canvas: HTMLCanvasElement, camera: Camera, theme: Theme, rowName: string): void {
  const context = fitCanvas(canvas);
  const [width, height] = [canvas.clientWidth - gutter.left - gutter.right, canvas.clientHeight - gutter.bottom];
  context.font = font;
  context.fillStyle = theme.text;
  context.strokeStyle = theme.text;
  context.lineWidth = 1;
  context.strokeRect(gutter.left - 0.5, 0.5, width, height);
  timeTicks(context, camera, width, height);
  const { fromRow, toRow } = camera;
  context.textAlign = 'right';
  for (const row of ticks(fromRow - 0.5, toRow - 0.5, Math.max(2, height / 40), 1)) {
    const y = height - ((row + 0.5 - fromRow) / (toRow - fromRow)) * height;
    if (y < 4 || y > height - 2) continue;
    context.fillRect(gutter.left - 5, Math.round(y), 5, 1);
    context.fillText(String(row), gutter.left - 9, y + 4);
  }
  context.save();
  context.translate(14, height / 2);
  context.rotate(-Math.PI / 2);
  context.textAlign = 'center';
  context.fillText(rowName, 0, 0);
  context.restore();
}

function timeTicks(context: CanvasRenderingContext2D, camera: Camera, width: number, height: number): void {
  const { fromMs, toMs } = camera;
  const unit = timeUnitFor(toMs > 10_000 && toMs - fromMs < 2_000 ? 2_000 : toMs - fromMs);
  const values = ticks(fromMs / unit.ms, toMs / unit.ms, Math.max(2, width / 110));
  const step = values.length > 1 ? values[1] - values[0] : 1;
  const maximumFractionDigits = Math.min(9, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  context.textAlign = 'center';
  for (const value of values) {
    const x = gutter.left + ((value * unit.ms - fromMs) / (toMs - fromMs)) * width;
    context.fillRect(Math.round(x), height, 1, 5);
    context.fillText(value.toLocaleString('en-US', { maximumFractionDigits }), x, height + 18);
  }
  context.fillText(`Time (${unit.name})`, gutter.left + width / 2, height + 35);
}
