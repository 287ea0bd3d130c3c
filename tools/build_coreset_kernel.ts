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
const modules = [
  "block_maxima",
  "coreset_kernel",
  "kernel_memory",
  "meet_chosen",
  "plain_loop",
  "refresh",
  "row_distance",
  "row_lists",
  "row_sketch",
  "sketch_rows",
] as const;
const targetFile = join(import.meta.dirname!, "../src/coreset_kernel_bytes.ts");

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
  const sources = new Map<string, string>();
  for (const name of modules) {
    // The compiler knows its own files as .ts; here they end in .as, so that no other tool takes them for TypeScript.
    sources.set(`${name}.ts`, await Deno.readTextFile(join(sourceFolder, `${name}.as`)));
  }
  let built: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      `${entry}.ts`,
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
  if (error || !built) throw new SyntaxError(`Cannot build "${entry}": ${stderr}`);
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
