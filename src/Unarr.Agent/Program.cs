using System.Runtime.InteropServices;
using Unarr.Agent.Terminal;

namespace Unarr.Agent;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        using var signalled = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        var error = new StandardError(StandardOutput.OpenError());
        Stream output = StandardOutput.Open();
        await using (error.ConfigureAwait(false))
        await using (output.ConfigureAwait(false))
        {
            var surroundings = new Surroundings
            {
                Input = Console.OpenStandardInput,
                Output = output,
                Error = error,
                Terminal = Console.IsOutputRedirected ? null : new ConsoleTerminal(),
                ErrorIsTerminal = !Console.IsErrorRedirected,
                Environment = Environment.GetEnvironmentVariable,
            };
            return await Cli.RunAsync(args, surroundings, signalled.Token).ConfigureAwait(false);
        }

        // The first signal ends the command cleanly; a second one ends the process at once.
        void End(PosixSignalContext signal)
        {
            signal.Cancel = !signalled.IsCancellationRequested;
            _ = signalled.CancelAsync();
        }
    }
}
