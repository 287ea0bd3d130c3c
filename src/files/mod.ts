/**
 * Files that appear whole or not at all, caches, downloads, archives, YAML, progress.
 *
 * The one room that knows what a disk and a network can do wrong, and where data lie
 * (`dataFolder`). Read `write.ts` first, then `cache.ts`.
 *
 * @module
 */
export { openBoundedFolder } from "@/files/cache.ts";
export { dataFolder, describeEnvironment, repositoryRoot } from "@/files/environment.ts";
export { createProgress, noProgress, type Progress, type StartProgress } from "@/files/progress.ts";
export { hashFile, statIfExists } from "@/files/read.ts";
export { replaceFile, replaceFolder } from "@/files/write.ts";
export { parseYaml } from "@/files/yaml.ts";
