namespace Unarr.Agent.Terminal;

/// <summary>A terminal's size, which may change at any time.</summary>
internal interface ITerminal
{
    int Width { get; }

    int Height { get; }
}
