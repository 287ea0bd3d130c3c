/** Folders that tests write to. */

/** Makes an empty folder that is removed when the tests of the file are done. */
export function makeFolder(): string {
  const folder = Deno.makeTempDirSync({ prefix: "hiercore-test-" });
  addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  return folder;
}
