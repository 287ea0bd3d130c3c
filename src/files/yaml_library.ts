/**
 * Where `deno task setup` puts the library that `yaml.ts` prefers, if it can be had.
 *
 * A file of its own, since the set-up runs before packages are installed and must not load one.
 *
 * @module
 */
import { dataFolder } from "@/files/environment.ts";

/** The library that is preferred. */
export const preferredYaml = "jsr:@std/yaml@1.2.0";

/** The library that serves where the other one is not there. */
export const fallbackYaml = "npm:js-yaml@4.1.1";

/** The file that holds all of the preferred library, so that no run asks the network for it. */
export function preferredYamlFile(): string {
  return dataFolder("yaml/std_yaml_1.2.0.js");
}
