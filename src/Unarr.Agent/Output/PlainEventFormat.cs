using System.Globalization;
using System.Text;
using Unarr.Agent.Terminal;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;

namespace Unarr.Agent.Output;

/// <summary>One line for people: when, what, and how it went.</summary>
internal sealed class PlainEventFormat : IEventFormat
{
    public byte[] Control(Control control, ControlRoute source, TimeSpan at)
    {
        string files = control.DeleteFiles ? ", files too" : "";
        return Line(at, $"control  {control.Action} '{control.TaskId}'{files} (via {DownlinkWords.Of(source)})");
    }

    public byte[] Result(ControlResult result, TimeSpan at)
    {
        Control control = result.Control;
        string outcome = result.Error is { } error ? $"failed: {error}" : "ok";
        string id = control.Id is null ? "" : $"id {control.Id}, ";
        string again = result.WillRetry ? ", tried again" : "";
        return Line(at, string.Create(
            CultureInfo.InvariantCulture, $"result   {control.Action} '{control.TaskId}' {outcome} ({id}try {result.Try}{again})"));
    }

    public byte[] Sync(SyncReport report, TimeSpan at)
    {
        string outcome = report.Succeeded ? string.Create(CultureInfo.InvariantCulture, $"ok, controls: {report.ControlCount}") : "failed";
        return Line(at, $"sync     {outcome} ({DownlinkWords.Of(report.Reason)})");
    }

    public byte[] Route(DownlinkStatus status, TimeSpan at)
    {
        string mirror = status.Server is null ? "" : $" {EventNames.Of(status.Server)}";
        return Line(at, $"route    {DownlinkWords.Of(status.Routes)}, {DownlinkWords.Of(status.State)}{mirror} ({status.Reason})");
    }

    public byte[] Dropped(long lines, TimeSpan at) =>
        Line(at, string.Create(CultureInfo.InvariantCulture, $"dropped  lines that nobody read: {lines}"));

    private static byte[] Line(TimeSpan at, string text) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{at.TotalSeconds,10:0.000}  {OneLine.Of(text)}\n"));
}
