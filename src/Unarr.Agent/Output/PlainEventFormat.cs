using System.Globalization;
using System.Text;
using Unarr.Agent.Terminal;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;

namespace Unarr.Agent.Output;

/// <summary>One line for people: when, what, and how it went.</summary>
internal sealed class PlainEventFormat : IEventFormat
{
    public byte[] Control(ControlAction control, ControlSource source, TimeSpan at)
    {
        string files = control.DeleteFiles ? ", files too" : "";
        return Line(at, $"control  {control.Action} '{control.TaskId}'{files} (via {EventNames.Of(source)})");
    }

    public byte[] Result(ControlResult result, TimeSpan at)
    {
        ControlAction control = result.Control;
        string outcome = result.Error is { } error ? $"failed: {error}" : "ok";
        string id = control.Id is null ? "" : $"id {control.Id}, ";
        string again = result.WillRetry ? ", tried again" : "";
        return Line(at, string.Create(
            CultureInfo.InvariantCulture, $"result   {control.Action} '{control.TaskId}' {outcome} ({id}try {result.Try}{again})"));
    }

    public byte[] Sync(SyncReport report, TimeSpan at)
    {
        string outcome = report.Succeeded ? string.Create(CultureInfo.InvariantCulture, $"ok, controls: {report.Controls}") : "failed";
        return Line(at, $"sync     {outcome} ({EventNames.Of(report.Reason)})");
    }

    public byte[] Route(DownlinkStatus status, TimeSpan at)
    {
        string mirror = status.Mirror is null ? "" : $" {EventNames.Of(status.Mirror)}";
        return Line(at, $"route    {EventNames.Of(status.Route)}, {EventNames.Of(status.State)}{mirror} ({status.Reason})");
    }

    public byte[] Dropped(long lines, TimeSpan at) =>
        Line(at, string.Create(CultureInfo.InvariantCulture, $"dropped  lines that nobody read: {lines}"));

    private static byte[] Line(TimeSpan at, string text) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{at.TotalSeconds,10:0.000}  {OneLine.Of(text)}\n"));
}
