namespace Unarr.Agent;

/// <summary>The process's own terminal.</summary>
internal sealed class ConsoleTerminal : ITerminal
{
    // What terminals have had since they were furniture, for those that do not tell.
    private const int UsualWidth = 80;
    private const int UsualHeight = 24;

    public int Width => Console.WindowWidth is > 0 and var width ? width : UsualWidth;

    public int Height => Console.WindowHeight is > 0 and var height ? height : UsualHeight;
}
