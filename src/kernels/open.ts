/**
 * Opens the compiled kernels.
 *
 * @module
 */

/** Bytes that WebAssembly can address, less one page. */
export const MOST_KERNEL_BYTES = 65535 * 65536;

/** Compiled modules by their base64; each is compiled once. */
const modules = new Map<string, WebAssembly.Module>();

/** Opens a kernel, given in base64, with memory of its own, which is freed with it. */
export function openKernel<Exports>(base64: string): Exports {
  let module = modules.get(base64);
  if (module === undefined) {
    module = new WebAssembly.Module(
      Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)),
    );
    modules.set(base64, module);
  }
  // The exports are known only from the kernel's source.
  return new WebAssembly.Instance(module).exports as unknown as Exports;
}

/** Gives a kernel as many bytes as it asks for, an unsigned number that WebAssembly gives signed. */
export function growMemory(memory: WebAssembly.Memory, bytes: number): void {
  const missing = Math.ceil(((bytes >>> 0) - memory.buffer.byteLength) / 65536);
  if (missing > 0) memory.grow(missing);
}
