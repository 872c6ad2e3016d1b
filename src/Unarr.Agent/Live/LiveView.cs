using System.Text;
using Unarr.Agent.Terminal;

namespace Unarr.Agent.Live;

/// <summary>A few lines at the end of the terminal that are drawn anew; what else is written goes above them. One thread draws.</summary>
internal sealed class LiveView(Stream output, Func<IReadOnlyList<string>> lines)
{
    private const string HideCursor = "\e[?25l";
    private const string ShowCursor = "\e[?25h";
    private const string ClearToEndOfLine = "\e[K";
    private const string ClearToEndOfScreen = "\e[J";

    private int _drawn;

    /// <summary>Draws the lines in place of those drawn before, and further lines above them.</summary>
    /// <exception cref="IOException">The terminal has gone.</exception>
    public void Draw(params ReadOnlySpan<string> above)
    {
        StringBuilder text = new(HideCursor);
        if (_drawn > 0)
        {
            text.Append($"\e[{_drawn}A");
        }

        text.Append('\r');
        foreach (string line in above)
        {
            Append(text, OneLine.Of(line));
        }

        IReadOnlyList<string> drawn = lines();
        foreach (string line in drawn)
        {
            Append(text, line);
        }

        Send(text.Append(ClearToEndOfScreen).ToString());
        _drawn = drawn.Count;
    }

    /// <summary>Leaves the view as it is at last, and the terminal as it was.</summary>
    /// <exception cref="IOException">The terminal has gone.</exception>
    public void End(params ReadOnlySpan<string> above)
    {
        Draw(above);
        Send(ShowCursor);
    }

    private static void Append(StringBuilder text, string line) => text.Append(line).Append(ClearToEndOfLine).Append('\n');

    private void Send(string text)
    {
        output.Write(Encoding.UTF8.GetBytes(text));
        output.Flush();
    }
}
