/**
 * Sets up a checkout: npm packages, a library for YAML, faiss-node, a Jupyter kernel, JupyterLab.
 *
 *     deno task setup              what is missing or has changed
 *     deno task setup --force      everything
 *     deno task setup --strict     the same as without, but a notice is a failure
 *
 * Tests, `deno task demo` and the command line work without it. HIERCORE_APT=0 forbids installing
 * Debian packages, HIERCORE_FAISS_DOWNLOAD=0 compiles faiss-node at once.
 *
 * @module
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { faissBinary, setUpFaiss } from "./setup_faiss.ts";
import { kernelspecFile, setUpKernel, setUpPython, venvPython } from "./setup_jupyter.ts";
import {
  describeOutcome,
  isDone,
  type Outcome,
  parseState,
  type SetupState,
  stateText,
} from "./setup_plan.ts";
import { digest, exists, lastLines, run } from "./setup_system.ts";
import { setUpYaml } from "./setup_yaml.ts";

interface Step {
  readonly name: string;
  /** What its result depends on. */
  readonly inputs: readonly string[];
  /** Files that exist when it is done. */
  readonly files: readonly string[];
  readonly act: (root: string) => Promise<Outcome>;
}

const root = join(import.meta.dirname!, "..");
const stateFile = join(root, "data/setup.json");
const { values } = parseArgs({
  args: Deno.args,
  options: {
    force: { type: "boolean", default: false },
    strict: { type: "boolean", default: false },
  },
});

let notices = 0;
let state: SetupState = values.force ? {} : parseState(await readText(stateFile));
for (const step of await listSteps()) {
  const begin = performance.now();
  await print(step.name.padEnd(12));
  const now = { name: step.name, digest: await digest(step.inputs) };
  const isPresent = (await Promise.all(step.files.map(exists))).every(Boolean);
  const outcome: Outcome = isDone(state, { ...now, isPresent })
    ? { kind: "present", text: "" }
    : await step.act(root);
  await print(`${describeOutcome(outcome, (performance.now() - begin) / 1000)}\n`);
  if (outcome.kind === "notice") {
    notices++;
    if (step.name === "packages") Deno.exit(1);
  } else if (state[step.name] !== now.digest) {
    state = { ...state, [step.name]: now.digest };
    await Deno.mkdir(join(stateFile, ".."), { recursive: true });
    await Deno.writeTextFile(`${stateFile}.partial`, stateText(state));
    await Deno.rename(`${stateFile}.partial`, stateFile);
  }
}
if (values.strict && notices > 0) Deno.exit(1);

async function listSteps(): Promise<Step[]> {
  const read = (path: string): Promise<string> => Deno.readTextFile(join(root, path));
  const config = await read("deno.json");
  const { imports } = JSON.parse(config) as { imports: Record<string, string> };
  const packages = Object.keys(imports).filter((name) => imports[name]!.startsWith("npm:"));
  const deno = [Deno.version.deno, Deno.build.os, Deno.build.arch];
  return [{
    name: "packages",
    inputs: [...deno, JSON.stringify(imports), await read("deno.lock")],
    files: packages.map((name) => join(root, "node_modules", name)),
    act: installPackages,
  }, {
    name: "yaml",
    inputs: [Deno.version.deno, await read("src/files/yaml_library.ts")],
    files: [],
    act: setUpYaml,
  }, {
    name: "faiss-node",
    inputs: [...deno, imports["faiss-node"]!],
    files: [faissBinary(root)],
    act: setUpFaiss,
  }, {
    name: "kernel",
    inputs: [...deno, Deno.execPath(), await read("tools/setup_plan.ts")],
    files: [kernelspecFile(root)],
    act: setUpKernel,
  }, {
    name: "jupyterlab",
    inputs: [...deno, root, await read("tools/requirements.txt")],
    files: [venvPython(root)],
    act: setUpPython,
  }];
}

async function installPackages(): Promise<Outcome> {
  const { success, output } = await run([Deno.execPath(), "install", "-q"], { cwd: root });
  return success ? { kind: "done", text: "" } : { kind: "notice", text: lastLines(output) };
}

async function readText(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function print(text: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(text));
}
