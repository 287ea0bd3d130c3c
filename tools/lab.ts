/**
 * Opens JupyterLab on the notebooks with the project's own kernel.
 *
 *     deno task lab [options of jupyter lab]
 *
 * @module
 */
import { delimiter, join } from "node:path";

const root = join(import.meta.dirname!, "..");
const isWindows = Deno.build.os === "windows";
const jupyter = join(root, ".venv", isWindows ? "Scripts/jupyter.exe" : "bin/jupyter");
const ours = join(root, ".jupyter/share/jupyter");
const theirs = Deno.env.get("JUPYTER_PATH");

let child: Deno.ChildProcess;
try {
  child = new Deno.Command(jupyter, {
    args: [
      ...["lab", "--notebook-dir", root],
      // Only the project's kernel can run the notebooks; Python's would be offered first.
      "--KernelSpecManager.ensure_native_kernel=False",
      "--KernelSpecManager.allowed_kernelspecs=deno",
      "--MultiKernelManager.default_kernel_name=deno",
      "--LabApp.default_url=/lab/tree/notebooks/01_hiercore_in_ten_minutes.ipynb",
      ...Deno.args,
    ],
    env: { JUPYTER_PATH: theirs ? [ours, theirs].join(delimiter) : ours },
  }).spawn();
} catch (error) {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
  const line = 'Cannot open JupyterLab: it must be installed, run "deno task setup"\n';
  await Deno.stderr.write(new TextEncoder().encode(line));
  Deno.exit(2);
}
Deno.addSignalListener("SIGINT", () => undefined);
Deno.exit((await child.status).code);
