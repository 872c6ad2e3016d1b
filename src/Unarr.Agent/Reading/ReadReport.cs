using System.Globalization;
using Unarr.Agent.Probing;
using Unarr.Agent.Terminal;
using Unarr.Pipelines.Sse;

namespace Unarr.Agent.Reading;

/// <summary>Tells on standard error what happens to the connection.</summary>
internal sealed class ReadReport(TextWriter error, ProbeRequest request) : SseClientObserver
{
    private bool _hasOpened;

    public override void Opened(int number)
    {
        if (number > 1)
        {
            error.WriteLine(_hasOpened ? "Connected again." : "Connected.");
        }

        _hasOpened = true;
    }

    public override void Waits(int number, AttemptEnd end, SseException? failure, TimeSpan delay)
    {
        string what = failure?.Message ?? "The server ended the stream.";
        string next = string.Create(CultureInfo.InvariantCulture, $"Next attempt in {delay.TotalSeconds:0.0} s.");
        error.WriteLine(OneLine.Of($"{request.WithoutSecrets(what)} {next}"));
    }

    public override void Renews(int number, SseException? failure) =>
        error.WriteLine(OneLine.Of($"{request.WithoutSecrets(failure?.Message ?? "The request was refused.")} It is made once more."));

    public override void IdNotSent(string reason) => error.WriteLine($"The last event id is not sent: {reason}.");
}
