using System.Diagnostics;
using System.Globalization;

namespace Unarr.ControlPlane.Demo;

/// <summary>Tells what happens, each line with the seconds since the start.</summary>
internal sealed class DemoNarrator(TextWriter output)
{
    private readonly Lock _gate = new();
    private readonly long _start = Stopwatch.GetTimestamp();

    public void Tell(string line)
    {
        lock (_gate)
        {
            double seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds,6:0.00} s  {line}"));
        }
    }

    public void Heading(string line)
    {
        lock (_gate)
        {
            output.WriteLine();
            output.WriteLine(line);
        }
    }
}
