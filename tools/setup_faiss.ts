/**
 * A working faiss-node: the binary that its authors offer, or one compiled against Debian's libfaiss.
 *
 * @module
 */
import { join } from "node:path";
import {
  compilerArguments,
  compilerComplaint,
  indexTypeHeader,
  type Outcome,
} from "./setup_plan.ts";
import { installSystemPackages, lastLines, run } from "./setup_system.ts";

/** Seconds that fetching the authors' binary may take. */
const downloadSeconds = 60;

const debianPackages = ["g++", "libfaiss-dev", "libopenblas-dev"];

/**
 * Names the file that faiss-node loads.
 *
 * @param root The repository.
 * @returns Path of the binary.
 */
export function faissBinary(root: string): string {
  return join(root, "node_modules/faiss-node/build/Release/faiss-node.node");
}

/**
 * Makes faiss-node work.
 *
 * @param root The repository.
 * @returns How it went; a notice where only the faiss back end will be missing.
 */
export async function setUpFaiss(root: string): Promise<Outcome> {
  if ((await probe(root)).success) return { kind: "present", text: "" };
  const attempts: string[] = [];
  for (const [name, attempt] of [["binary", download], ["compiler", compile]] as const) {
    const problem = await attempt(root) ?? await refusal(root);
    if (problem === null) {
      return { kind: "done", text: name === "binary" ? "its authors' binary" : "compiled" };
    }
    attempts.push(`${name}: ${problem}`);
    await Deno.remove(faissBinary(root)).catch(() => undefined);
  }
  return {
    kind: "notice",
    text: `only MODEL.neighbor_search=faiss will not work (${attempts.join("; ")}); ` +
      `on Debian, "apt-get install ${debianPackages.join(" ")}" first would let it compile`,
  };
}

async function download(root: string): Promise<string | null> {
  if (Deno.env.get("HIERCORE_FAISS_DOWNLOAD") === "0") {
    return "skipped by HIERCORE_FAISS_DOWNLOAD=0";
  }
  const folder = await Deno.realPath(join(root, "node_modules/faiss-node"));
  const installer = join(folder, "../prebuild-install/bin.js");
  const { success, output } = await run(
    [Deno.execPath(), "run", "-A", "-q", installer, "--runtime", "napi"],
    {
      cwd: folder,
      seconds: downloadSeconds,
      env: { npm_config_cache: join(root, ".cache/npm") },
    },
  );
  return success ? null : lastLines(output);
}

async function compile(root: string): Promise<string | null> {
  const first = await callCompiler(root);
  if (first === null) return null;
  const missing = await installSystemPackages(debianPackages);
  return missing === null ? await callCompiler(root) : `${first}; ${missing}`;
}

async function callCompiler(root: string): Promise<string | null> {
  const scratch = await Deno.makeTempDir();
  try {
    const modules = join(root, "node_modules");
    const paths = {
      package: join(modules, "faiss-node"),
      addonApi: join(modules, "node-addon-api"),
      apiHeaders: join(modules, "node-api-headers"),
      indexType: join(scratch, "index_type.h"),
      output: join(scratch, "faiss-node.node"),
    };
    await Deno.writeTextFile(paths.indexType, indexTypeHeader);
    const { success, output } = await run(["g++", ...compilerArguments(paths)]);
    if (!success) return compilerComplaint(output);
    const target = faissBinary(root);
    await Deno.mkdir(join(target, ".."), { recursive: true });
    await Deno.copyFile(paths.output, `${target}.partial`);
    await Deno.rename(`${target}.partial`, target);
    return null;
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

async function refusal(root: string): Promise<string | null> {
  const { success, output } = await probe(root);
  return success ? null : `the binary failed its probe: ${lastLines(output)}`;
}

function probe(root: string): ReturnType<typeof run> {
  const script = join(import.meta.dirname!, "probe_faiss.ts");
  return run([Deno.execPath(), "run", "-A", "-q", script], { cwd: root, seconds: 60 });
}
