using System.Text;

namespace Unarr.Agent.Running.Live;

/// <summary>Log lines that go above the view. Thread-safe.</summary>
internal sealed class LiveLog(LiveView view) : TextWriter
{
    private readonly StringBuilder _line = new();

    public override Encoding Encoding => Encoding.UTF8;

    public override void WriteLine(string? value) => view.Print(value ?? "");

    public override void Write(char value)
    {
        lock (_line)
        {
            if (value != '\n')
            {
                _line.Append(value);
                return;
            }

            view.Print(_line.ToString());
            _line.Clear();
        }
    }
}
