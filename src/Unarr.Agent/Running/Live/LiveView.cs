using System.Text;

namespace Unarr.Agent.Running.Live;

/// <summary>A few lines at the end of the terminal that are drawn anew; what else is written goes above them.</summary>
internal sealed class LiveView(Stream output, Func<IReadOnlyList<string>> lines)
{
    private const string HideCursor = "\e[?25l";
    private const string ShowCursor = "\e[?25h";
    private const string ClearToEndOfLine = "\e[K";
    private const string ClearToEndOfScreen = "\e[J";

    private readonly Lock _gate = new();
    private int _drawn;
    private bool _ended;

    /// <summary>Draws the lines in place of those drawn before.</summary>
    /// <exception cref="IOException">The terminal has gone.</exception>
    public void Draw() => Write("");

    /// <summary>Writes a line above the view.</summary>
    /// <exception cref="IOException">The terminal has gone.</exception>
    public void Print(string line) => Write($"{OneLine.Of(line)}{ClearToEndOfLine}\n");

    /// <summary>Leaves the view as it is at last, and the terminal as it was.</summary>
    /// <exception cref="IOException">The terminal has gone.</exception>
    public void End()
    {
        lock (_gate)
        {
            Write("");
            _ended = true;
            Send(ShowCursor);
        }
    }

    private void Write(string above)
    {
        lock (_gate)
        {
            if (_ended)
            {
                Send(above);
                return;
            }

            StringBuilder text = new(HideCursor);
            if (_drawn > 0)
            {
                text.Append($"\e[{_drawn}A");
            }

            text.Append('\r').Append(above);
            IReadOnlyList<string> drawn = lines();
            foreach (string line in drawn)
            {
                text.Append(line).Append(ClearToEndOfLine).Append('\n');
            }

            Send(text.Append(ClearToEndOfScreen).ToString());
            _drawn = drawn.Count;
        }
    }

    private void Send(string text)
    {
        if (text.Length > 0)
        {
            output.Write(Encoding.UTF8.GetBytes(text));
            output.Flush();
        }
    }
}
