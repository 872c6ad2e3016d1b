using Unarr.ControlPlane.Lines;

namespace Unarr.ControlPlane.CommandLine;

/// <summary>Lets what this process writes on its standard outputs wait for nobody who should read it.</summary>
internal sealed class UnblockedConsole : IDisposable
{
    // What was written to the end has this long to be taken.
    private static readonly TimeSpan End = TimeSpan.FromSeconds(1);

    private readonly TextWriter _formerOut = Console.Out;
    private readonly TextWriter _formerError = Console.Error;
    private readonly UnblockedWriter _out = new(Console.OpenStandardOutput());
    private readonly UnblockedWriter _error = new(Console.OpenStandardError());

    public UnblockedConsole()
    {
        Console.SetOut(_out);
        Console.SetError(_error);
    }

    /// <summary>Logs from now on how many lines of the log were dropped.</summary>
    public void LogDropped(ILogger logger) => _error.Dropped = count => ControlPlaneLog.LinesDropped(logger, count);

    public void Dispose()
    {
        Console.SetOut(_formerOut);
        Console.SetError(_formerError);
        _out.Close(End);
        _error.Close(End);
    }
}
