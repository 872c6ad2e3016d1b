using System.CommandLine;
using Unarr.CommandLine;
using Unarr.ControlPlane.CommandLine;

RootCommand root = new("The other end of the downlink: serves agents and lets an operator push controls to them.")
{
    ServeCommand.Create(),
    DemoCommand.Create(),
};
return await CommandLineRunner.RunAsync(root, args).ConfigureAwait(false);
