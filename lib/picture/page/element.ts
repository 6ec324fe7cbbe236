/** Making elements of the page. */
export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className = '',
  text = '',
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

/** A canvas as large as its place, in device pixels. */
export function fitCanvas(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const { clientWidth, clientHeight } = canvas;
  const width = Math.max(1, Math.round(clientWidth * devicePixelRatio));
  const height = Math.max(1, Math.round(clientHeight * devicePixelRatio));
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('this browser gave no canvas to draw on');
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.clearRect(0, 0, clientWidth, clientHeight);
  return context;
}

export const font = '12px system-ui, sans-serif';

export const short = (value: number, digits = 3) => value.toLocaleString('en-US', { maximumSignificantDigits: digits });
