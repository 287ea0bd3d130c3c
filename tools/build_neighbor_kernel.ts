/**
 * Compiles `src/wasm/neighbor_kernel.as` and writes the bytes to `src/neighbor_kernel_bytes.ts`.
 *
 * Run `deno run -A tools/build_neighbor_kernel.ts` after changing the kernel; a test compares the
 * committed bytes with a fresh build.
 *
 * @module
 */
import asc from "assemblyscript/asc";
import { join } from "node:path";

const sourceFolder = join(import.meta.dirname!, "../src/wasm");
const targetFile = join(import.meta.dirname!, "../src/neighbor_kernel_bytes.ts");

/**
 * Compiles the kernel.
 *
 * @returns The WebAssembly module.
 * @throws {SyntaxError} If the source does not compile.
 */
export async function buildNeighborKernel(): Promise<Uint8Array> {
  const sources = new Map<string, string>();
  for (
    const name of [
      "neighbor_kernel",
      "neighbor_codes",
      "hadamard",
      "row_codes",
      "row_distance64",
    ]
  ) {
    // The compiler knows its own files as .ts; here they end in .as, so that no other tool takes them for TypeScript.
    sources.set(`${name}.ts`, await Deno.readTextFile(join(sourceFolder, `${name}.as`)));
  }
  let built: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      "neighbor_kernel.ts",
      "--outFile",
      "kernel.wasm",
      "-O3",
      "--noAssert",
      "--runtime",
      "stub",
      "--enable",
      "simd",
      "--enable",
      "relaxed-simd",
    ],
    {
      readFile: (name) => sources.get(name) ?? null,
      writeFile: (_name, contents) => {
        built = contents as Uint8Array;
      },
      listFiles: () => [],
    },
  );
  if (error || !built) throw new SyntaxError(`Cannot build the neighbor kernel: ${stderr}`);
  return built;
}

if (import.meta.main) {
  const bytes = await buildNeighborKernel();
  const text = bytes.toBase64();
  await Deno.writeTextFile(
    targetFile,
    `/**
 * The compiled neighbor kernel. Generated from \`src/wasm/neighbor_kernel.as\`; do not edit, run
 * \`deno run -A tools/build_neighbor_kernel.ts\` instead.
 *
 * @module
 */

/** A WebAssembly module of ${bytes.length} bytes, in base64. */
export const NEIGHBOR_KERNEL =
  "${text}";
`,
  );
}
