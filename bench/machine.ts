/**
 * The machine that a bench runs on.
 *
 * @module
 */
import { describeEnvironment } from "@/files/mod.ts";

/** What shapes the time of everything. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memory_gib: number;
  readonly platform: string;
  readonly deno: string;
  readonly onnxruntime: string;
  /** Commit of the checkout; `null` outside a git checkout. */
  readonly commit: string | null;
}

/**
 * Describes this machine.
 *
 * @returns Processor, memory and versions.
 */
export async function describeMachine(): Promise<Machine> {
  const { processor, cores, memory_gib, platform, versions, commit } = await describeEnvironment({
    backends: {},
  });
  return {
    processor,
    cores,
    memory_gib,
    platform,
    deno: Deno.version.deno,
    onnxruntime: versions["onnxruntime-node"] ?? "unknown",
    commit,
  };
}

/**
 * Writes a machine as one line.
 *
 * @param machine What `describeMachine` found.
 * @returns Processor, cores, memory and versions.
 */
export function machineLine(machine: Machine): string {
  return `${machine.processor}, ${machine.cores} cores, ${machine.memory_gib} GiB, ` +
    `${machine.platform}, Deno ${machine.deno}, onnxruntime-node ${machine.onnxruntime}`;
}

/**
 * Says how busy the machine is.
 *
 * @returns The load average of the last minute.
 */
export function loadLine(): string {
  return `load average ${(Deno.loadavg()[0] ?? 0).toFixed(2)}`;
}
