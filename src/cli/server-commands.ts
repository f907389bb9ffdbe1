/** Commands about the server, its database and the shipped providers. */
import type { Command } from "commander";
import type { DoctorOptions } from "./doctor/doctor.ts";
import { examples } from "./examples.ts";
import type { RotateOptions } from "./server/rotate-key.ts";
import type { SendOptions } from "./server/send.ts";

export function addServerCommands(program: Command): void {
  addStart(program);
  addDoctor(program);
  addSend(program);
  addSelftest(program);
  addBackup(program);
  addRotateKey(program);
}

function addStart(program: Command): void {
  const start = program
    .command("start")
    .description("start the server, with the settings of HOOKYARD_* and .env")
    .action(async () => {
      const { start: run } = await import("./server/start.ts");
      run();
    });
  examples(start, [["HOOKYARD_PORT=9000 hookyard start", "on another port"]]);
}

function addDoctor(program: Command): void {
  const doctor = program
    .command("doctor")
    .description("check machine, settings, scripts, server and token, and say how to fix problems")
    .option("--remote", "skip the checks of this machine: the server runs elsewhere")
    .option("--all", "list what is in order too")
    .action(async (options: DoctorOptions, command: Command) => {
      const { doctor: run } = await import("./doctor/doctor.ts");
      await run(options, command);
    });
  examples(doctor, [
    ["hookyard doctor", "the machine the server runs on"],
    ["hookyard doctor --remote --url https://hooks.example.org", "a server elsewhere"],
  ]);
}

interface Earlier {
  readonly sync?: boolean;
}

function addSend(program: Command): void {
  const send = program
    .command("send <provider>")
    .description("send a sample of a provider, signed as its sender would")
    .option("--sample <name>", "the sample; by default the first verified one")
    .option("--list", "list the samples")
    .option("--uri <uri>", "send to this URI instead of the sample's")
    .option(
      "--secret-env <variable>",
      "sign with the secret in this variable; by default with the one that the server on this machine reads",
    )
    .option("--wait", "wait for the functions")
    .addOption(program.createOption("--sync", "the earlier name of --wait").hideHelp())
    .action(async (provider: string, options: SendOptions & Earlier, command: Command) => {
      const { sendSample } = await import("./server/send.ts");
      await sendSample(provider, { ...options, wait: options.wait ?? options.sync }, command);
    });
  examples(send, [
    ["hookyard send github --wait", "wait for the outcome of the functions"],
    ["hookyard send stripe --secret-env STRIPE_WEBHOOK_SECRET", "signed with your secret"],
  ]);
}

function addSelftest(program: Command): void {
  const selftest = program
    .command("selftest [provider...]")
    .description("test providers with their samples, forged samples and samples of other providers")
    .action(async (names: readonly string[], options: object, command: Command) => {
      const { testProviders } = await import("./server/selftest.ts");
      await testProviders(names, options, command);
    });
  examples(selftest, [["hookyard selftest github stripe", "these two"]]);
}

function addBackup(program: Command): void {
  const backup = program
    .command("backup <file>")
    .description("copy the database of this machine; the server may be running")
    .action(async (file: string, options: object, command: Command) => {
      const { backUp } = await import("./server/backup.ts");
      backUp(file, options, command);
    });
  examples(backup, [["hookyard backup /backups/hookyard.db", "to a new file"]]);
}

function addRotateKey(program: Command): void {
  const rotate = program
    .command("rotate-key")
    .description("encrypt the secrets in the database of this machine with another key")
    .option("--discard", "remove the secrets instead, because their key is lost")
    .option("--yes", "discard without asking")
    .action(async (options: RotateOptions, command: Command) => {
      const { rotate: run } = await import("./server/rotate-key.ts");
      await run(options, command);
    });
  examples(rotate, [["hookyard rotate-key", "while the server is stopped"]]);
}
