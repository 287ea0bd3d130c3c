/** Folders that tests write to. */
import { join } from "node:path";

/** Makes an empty folder that is removed when the tests of the file are done. */
export function makeFolder(): string {
  const folder = Deno.makeTempDirSync({ prefix: "hiercore-test-" });
  addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  return folder;
}

/** Writes a file of a folder that is removed after the tests; gives its path. */
export function writeFile(name: string, content: Uint8Array | string): string {
  const path = join(makeFolder(), name);
  if (typeof content === "string") Deno.writeTextFileSync(path, content);
  else Deno.writeFileSync(path, content);
  return path;
}
