using System.Globalization;
using Unarr.Agent.Terminal;
using Unarr.Pipelines.Sse;

namespace Unarr.Agent.Reading;

/// <summary>Tells on standard error what happens to the connection.</summary>
internal sealed class ReadReport(TextWriter error) : SseClientObserver
{
    public override void Opened(int number)
    {
        if (number > 1)
        {
            error.WriteLine("Connected again.");
        }
    }

    public override void Waits(int number, AttemptEnd end, SseException? failure, TimeSpan delay)
    {
        string what = failure?.Message ?? "The server ended the stream.";
        string next = string.Create(CultureInfo.InvariantCulture, $"Next attempt in {delay.TotalSeconds:0.0} s.");
        error.WriteLine(OneLine.Of($"{what} {next}"));
    }

    public override void IdNotSent(string reason) => error.WriteLine($"The last event id is not sent: {reason}.");
}
