using System.CommandLine;
using Unarr.CommandLine;
using Unarr.ControlPlane.CommandLine;

RootCommand root = new("The other end of the downlink: serves agents and lets an operator push controls to them.")
{
    ServeCommand.Create(),
    KeysCommand.Create(),
    BackupCommands.CreateBackup(),
    BackupCommands.CreateCheck(),
    DemoCommand.Create(),
    CompletionCommand.Create("unarr-controlplane", static (script, _) => Console.Out.WriteAsync(script)),
};
CheckedSuggestAction.AddTo(root);
return await CommandLineRunner.RunAsync(root, args).ConfigureAwait(false);
