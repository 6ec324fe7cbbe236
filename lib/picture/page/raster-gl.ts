/**
 * Draws the raster with WebGL2 as an image: of counts, or of marks that are there or not. Marks as shapes of their own would take
 * 16 µs each without a graphics card.
 */

const imageVertex = `#version 300 es
uniform vec4 shares;
out vec2 at;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  at = shares.xy + corner * shares.zw;
  gl_Position = vec4(corner * 2.0 - 1.0, 0, 1);
}`;
const imageFragment = `#version 300 es
precision highp float;
uniform sampler2D cells, palette;
in vec2 at;
out vec4 colour;
void main() {
  float value = texture(cells, at).r;
  colour = texture(palette, vec2((value * 255.0 + 0.5) / 256.0, 0.5));
}`;
interface Shares {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export class RasterGl {
  readonly #gl: WebGL2RenderingContext;
  readonly #image: WebGLProgram;
  readonly #cells: WebGLTexture;
  readonly #palette: WebGLTexture;
  readonly #ink: WebGLTexture;

  constructor(canvas: HTMLCanvasElement) {
    const gl = canvas.getContext('webgl2', { antialias: false, alpha: false, preserveDrawingBuffer: true });
    if (!gl) throw new Error('this browser has no WebGL2, which draws the raster');
    this.#gl = gl;
    this.#image = program(gl, imageVertex, imageFragment);
    this.#palette = texture(gl, gl.NEAREST);
    this.#cells = texture(gl, gl.LINEAR);
    this.#ink = texture(gl, gl.NEAREST);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  }

  /** 256 colours as bytes of red, green, blue and alpha; the first is the ground. Marks are of their own, red, green and blue. */
  setPalette(colours: Uint8Array, ink: readonly number[]): void {
    const gl = this.#gl;
    const marks = Uint8Array.from(colours);
    marks.set([...ink.slice(0, 3), 255], marks.length - 4);
    for (const [to, from] of [
      [this.#palette, colours],
      [this.#ink, marks],
    ] as const) {
      gl.bindTexture(gl.TEXTURE_2D, to);
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, from);
    }
    gl.clearColor(colours[0] / 255, colours[1] / 255, colours[2] / 255, 1);
  }

  /** Row 0 of the cells is drawn at the bottom; `shares` of the cells fill the canvas. Marks are cells of 255 on 0. */
  drawCells(cells: Uint8Array, width: number, height: number, shares: Shares, kind: 'counts' | 'marks'): void {
    const gl = this.#clear();
    gl.useProgram(this.#image);
    gl.activeTexture(gl.TEXTURE1);
    gl.bindTexture(gl.TEXTURE_2D, kind === 'marks' ? this.#ink : this.#palette);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, this.#cells);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R8, width, height, 0, gl.RED, gl.UNSIGNED_BYTE, cells);
    gl.uniform4f(gl.getUniformLocation(this.#image, 'shares'), shares.x, shares.y, shares.width, shares.height);
    gl.uniform1i(gl.getUniformLocation(this.#image, 'cells'), 0);
    gl.uniform1i(gl.getUniformLocation(this.#image, 'palette'), 1);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
  }

  #clear(): WebGL2RenderingContext {
    const gl = this.#gl;
    gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.clear(gl.COLOR_BUFFER_BIT);
    return gl;
  }
}

function program(gl: WebGL2RenderingContext, vertex: string, fragment: string): WebGLProgram {
  const made = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(kind);
    if (!shader) throw new Error('WebGL2 gave no shader');
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(`WebGL2: ${gl.getProgramInfoLog(made)}`);
  return made;
}

/** @param smaller how it is drawn smaller than it is: the mean of neighbours, or the nearest */
function texture(gl: WebGL2RenderingContext, smaller: number): WebGLTexture {
  const made = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, made);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, smaller);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
  return made;
}
