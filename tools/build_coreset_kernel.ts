/**
 * Compiles `src/wasm/coreset_kernel.as` and writes the bytes to `src/coreset_kernel_bytes.ts`.
 *
 * Run `deno run -A tools/build_coreset_kernel.ts` after changing the kernel; a test compares the
 * committed bytes with a fresh build.
 *
 * @module
 */
import asc from "assemblyscript/asc";
import { join } from "node:path";

const sourceFolder = join(import.meta.dirname!, "../src/wasm");
const targetFile = join(import.meta.dirname!, "../src/coreset_kernel_bytes.ts");

/**
 * Compiles the kernel.
 *
 * @returns The WebAssembly module.
 * @throws {SyntaxError} If the source does not compile.
 */
export async function buildCoresetKernel(): Promise<Uint8Array> {
  const sources = new Map<string, string>();
  for (const name of ["coreset_kernel", "row_distance"]) {
    // The compiler knows its own files as .ts; here they end in .as, so that no other tool takes them for TypeScript.
    sources.set(`${name}.ts`, await Deno.readTextFile(join(sourceFolder, `${name}.as`)));
  }
  let built: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      "coreset_kernel.ts",
      "--outFile",
      "kernel.wasm",
      "-O3",
      "--noAssert",
      "--runtime",
      "stub",
      "--enable",
      "simd",
    ],
    {
      readFile: (name) => sources.get(name) ?? null,
      writeFile: (_name, contents) => {
        built = contents as Uint8Array;
      },
      listFiles: () => [],
    },
  );
  if (error || !built) throw new SyntaxError(`Cannot build the coreset kernel: ${stderr}`);
  return built;
}

if (import.meta.main) {
  const bytes = await buildCoresetKernel();
  const text = bytes.toBase64();
  await Deno.writeTextFile(
    targetFile,
    `/**
 * The compiled coreset kernel. Generated from \`src/wasm/coreset_kernel.as\`; do not edit, run
 * \`deno run -A tools/build_coreset_kernel.ts\` instead.
 *
 * @module
 */

/** A WebAssembly module of ${bytes.length} bytes, in base64. */
export const CORESET_KERNEL =
  "${text}";
`,
  );
}
