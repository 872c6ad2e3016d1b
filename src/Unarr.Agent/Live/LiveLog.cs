using System.Text;
using Unarr.Agent.Terminal;

namespace Unarr.Agent.Live;

/// <summary>Takes log lines that go above the view. Thread-safe; writing never waits.</summary>
internal sealed class LiveLog(Action<string> print) : TextWriter
{
    private readonly StringBuilder _line = new();

    public override Encoding Encoding => Encoding.UTF8;

    public override void WriteLine(string? value) => print(OneLine.Of(value ?? ""));

    public override void Write(char value)
    {
        lock (_line)
        {
            if (value != '\n')
            {
                _line.Append(value);
                return;
            }

            WriteLine(_line.ToString());
            _line.Clear();
        }
    }
}
