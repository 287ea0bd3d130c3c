/**
 * Compiles the WebAssembly kernels from AssemblyScript and writes them down as constants.
 *
 * @module
 */
import asc from "assemblyscript/asc";
import { join } from "node:path";

const sourceFolder = join(import.meta.dirname!, "../src/kernels");

/** Which kernel, and what it needs of the processor. */
export interface KernelOptions {
  /** WebAssembly features beyond the first version. */
  readonly features: readonly string[];
}

/**
 * Compiles a kernel; it may import any other file of `src/kernels`.
 *
 * @param entry The file that exports what the module does, without its ending.
 * @param options What it needs.
 * @returns The WebAssembly module.
 * @throws {SyntaxError} If the source does not compile.
 */
export async function compileKernel(entry: string, options: KernelOptions): Promise<Uint8Array> {
  const sources = new Map<string, string>();
  for await (const { name } of Deno.readDir(sourceFolder)) {
    // The compiler knows its own files as .ts; here they end in .as, so that no other tool takes them for TypeScript.
    if (!name.endsWith(".as")) continue;
    const text = await Deno.readTextFile(join(sourceFolder, name));
    sources.set(name.replace(/\.as$/, ".ts"), text);
  }
  let built: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      `${entry}.ts`,
      ...["--outFile", "kernel.wasm", "-O3", "--noAssert", "--runtime", "stub"],
      ...options.features.flatMap((feature) => ["--enable", feature]),
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

/**
 * Writes a kernel to `src/kernels/<kind>.ts` as the constant `<KIND>_KERNEL`.
 *
 * @param kind Such as `coreset`.
 * @param bytes The WebAssembly module.
 */
export async function writeKernel(kind: string, bytes: Uint8Array): Promise<void> {
  await Deno.writeTextFile(
    join(sourceFolder, `${kind}.ts`),
    `/**
 * The compiled ${kind} kernel. Generated from \`src/kernels/${kind}_kernel.as\`; do not edit, run
 * \`deno run -A tools/build_${kind}_kernel.ts\` instead.
 *
 * @module
 */

/** A WebAssembly module of ${bytes.length} bytes, in base64. */
export const ${kind.toUpperCase()}_KERNEL =
  "${bytes.toBase64()}";
`,
  );
}
