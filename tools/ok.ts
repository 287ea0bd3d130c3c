/**
 * Runs every check, quickest first, and stops at the first that fails.
 *
 *     deno task ok                all checks
 *     deno task ok lint test      only the named ones
 *
 * @module
 */
const steps: Readonly<Record<string, readonly string[]>> = {
  fmt: ["task", "-q", "fmt", "--check"],
  lint: ["task", "-q", "lint"],
  check: ["task", "-q", "check"],
  doclint: ["task", "-q", "doclint"],
  house: ["task", "-q", "house", "--check"],
  test: ["task", "-q", "test"],
  notebooks: ["task", "-q", "notebooks"],
};

const unknown = Deno.args.find((name) => !Object.hasOwn(steps, name));
if (unknown !== undefined) {
  await print(
    `Cannot check "${unknown}": a step must be one of ${Object.keys(steps).join(", ")}`,
  );
  Deno.exit(2);
}
for (const [name, args] of Object.entries(steps)) {
  if (Deno.args.length > 0 && !Deno.args.includes(name)) continue;
  const begin = performance.now();
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: `${import.meta.dirname}/..`,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  const counted = output.match(/\d+ (?:notebooks )?passed.*\d+ failed/)?.[0] ?? "";
  await print(
    `${success ? "ok    " : "FAILED"}  ${name.padEnd(9)} ${seconds} s  ${counted}`.trim(),
  );
  if (!success) {
    await print(output.trimEnd());
    Deno.exit(1);
  }
}

async function print(line: string): Promise<void> {
  await Deno.stdout.write(new TextEncoder().encode(`${line}\n`));
}
