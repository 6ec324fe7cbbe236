/** Wheel, drag and keys over the raster. */
import { gutter } from './axes.js';
import type { Camera } from './camera.js';

interface Actions {
  /** A click on a row at a time. */
  pick(row: number, ms: number): void;
  /** The next or the previous unit of the table. */
  step(direction: 1 | -1): void;
  /** The next or the previous spike in the traces. */
  jump(direction: 1 | -1): void;
}

/** A tenth of the view for a press of an arrow. */
const stride = 0.1;
const nearer = 0.8;
/** Pixels that a click may wander. */
const still = 4;

export function listen(canvas: HTMLCanvasElement, camera: Camera, rows: number, actions: Actions): void {
  const places = (event: MouseEvent): [number, number] => [
    (event.offsetX - gutter.left) / (canvas.clientWidth - gutter.left - gutter.right),
    1 - event.offsetY / (canvas.clientHeight - gutter.bottom),
  ];
  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const [time, row] = places(event);
      // shift turns the wheel sideways in some browsers
      const turned = event.deltaY || event.deltaX;
      const factor = Math.exp(Math.max(-1, Math.min(1, turned / 100)) * 0.25);
      if (event.shiftKey || event.altKey) camera.zoomRows(factor, row);
      else if (event.deltaY) camera.zoomTime(factor, time);
      else camera.pan(event.deltaX / canvas.clientWidth);
    },
    { passive: false },
  );
  let travelled = 0;
  canvas.addEventListener('pointerdown', (event) => {
    travelled = 0;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', ({ buttons, movementX, movementY }) => {
    if (!(buttons & 1)) return;
    travelled += Math.abs(movementX) + Math.abs(movementY);
    const height = canvas.clientHeight - gutter.bottom;
    camera.pan(-movementX / (canvas.clientWidth - gutter.left - gutter.right), movementY / height);
  });
  canvas.addEventListener('pointerup', (event) => {
    const [time, row] = places(event);
    if (travelled > still || time < 0 || row < 0) return;
    const at = Math.floor(camera.fromRow + row * (camera.toRow - camera.fromRow));
    if (at < rows) actions.pick(at, camera.fromMs + time * (camera.toMs - camera.fromMs));
  });
  canvas.addEventListener('dblclick', () => camera.reset());
  addEventListener('keydown', (event) => {
    const key = keys[`${event.shiftKey && event.key.startsWith('Arrow') ? 'Shift+' : ''}${event.key}`];
    if (!key || event.ctrlKey || event.metaKey || event.target instanceof HTMLSelectElement) return;
    event.preventDefault();
    key(camera, actions);
  });
}

const keys: Record<string, (camera: Camera, actions: Actions) => void> = {
  ArrowLeft: (camera) => camera.pan(-stride),
  ArrowRight: (camera) => camera.pan(stride),
  ArrowUp: (camera) => camera.pan(0, stride),
  ArrowDown: (camera) => camera.pan(0, -stride),
  'Shift+ArrowUp': (camera) => camera.zoomRows(nearer),
  'Shift+ArrowDown': (camera) => camera.zoomRows(1 / nearer),
  '+': (camera) => camera.zoomTime(nearer),
  '=': (camera) => camera.zoomTime(nearer),
  '-': (camera) => camera.zoomTime(1 / nearer),
  '0': (camera) => camera.reset(),
  Home: (camera) => camera.reset(),
  j: (_camera, actions) => actions.step(1),
  k: (_camera, actions) => actions.step(-1),
  n: (_camera, actions) => actions.jump(1),
  p: (_camera, actions) => actions.jump(-1),
};
