/**
 * Compiles `src/kernels/neighbor_kernel.as` and writes the bytes to `src/kernels/neighbor.ts`.
 *
 * Run `deno run -A tools/build_neighbor_kernel.ts` after changing the kernel; a test compares the
 * committed bytes with a fresh build.
 *
 * @module
 */
import { compileKernel, writeKernel } from "./compile_kernel.ts";

/**
 * Compiles the kernel.
 *
 * @returns The WebAssembly module.
 * @throws {SyntaxError} If the source does not compile.
 */
export async function buildNeighborKernel(): Promise<Uint8Array> {
  return await compileKernel("neighbor_kernel", { features: ["simd", "relaxed-simd"] });
}

if (import.meta.main) await writeKernel("neighbor", await buildNeighborKernel());
