/**
 * The library that reads YAML: decided here, once, so that no run waits for the network.
 *
 * @module
 */
import { dirname } from "node:path";
import { fallbackYaml, preferredYaml, preferredYamlFile } from "@/files/yaml_library.ts";
import type { Outcome } from "./setup_plan.ts";
import { run } from "./setup_system.ts";

/**
 * Puts the preferred library where `src/files/yaml.ts` looks for it, as one file of JavaScript.
 *
 * @param root The repository.
 * @param options Seconds that this may take; default: 10.
 * @returns Which library serves from now on.
 */
export async function setUpYaml(
  root: string,
  options: { readonly seconds?: number } = {},
): Promise<Outcome> {
  const { seconds = 10 } = options;
  const file = preferredYamlFile();
  await Deno.mkdir(dirname(file), { recursive: true });
  const args = ["bundle", "-q", "--no-lock", "-o", `${file}.partial`, preferredYaml];
  if ((await run([Deno.execPath(), ...args], { cwd: root, seconds })).success) {
    await Deno.rename(`${file}.partial`, file);
    return { kind: "done", text: preferredYaml };
  }
  for (const path of [file, `${file}.partial`]) await Deno.remove(path).catch(() => undefined);
  return {
    kind: "done",
    text: `${fallbackYaml}, for ${preferredYaml} could not be fetched`,
  };
}
