/**
 * Compiles `src/kernels/coreset_kernel.as` and writes the bytes to `src/kernels/coreset.ts`.
 *
 * Run `deno run -A tools/build_coreset_kernel.ts` after changing the kernel; a test compares the
 * committed bytes with a fresh build.
 *
 * @module
 */
import { compileKernel, writeKernel } from "./compile_kernel.ts";

/**
 * Compiles the kernel, or the plain loop that the bench compares it with.
 *
 * @param entry The file that exports what the module does; default "coreset_kernel".
 * @returns The WebAssembly module.
 * @throws {SyntaxError} If the source does not compile.
 */
export async function buildCoresetKernel(
  entry: "coreset_kernel" | "plain_loop" = "coreset_kernel",
): Promise<Uint8Array> {
  return await compileKernel(entry, { features: ["simd"] });
}

if (import.meta.main) await writeKernel("coreset", await buildCoresetKernel());
