using System.Text.Json;
using Unarr.Agent.Terminal;
using Unarr.Agents.Downlink;
using Unarr.Agents.Protocol;

namespace Unarr.Agent.Output;

/// <summary>One JSON object a line, for programs.</summary>
internal sealed class JsonEventFormat : IEventFormat
{
    public byte[] Control(Control control, ControlRoute source, TimeSpan at) => Line("control", at, json =>
    {
        JsonLine.Text(json, "action", control.Action);
        JsonLine.Text(json, "taskId", control.TaskId);
        json.WriteBoolean("deleteFiles"u8, control.DeleteFiles);
        json.WriteString("via"u8, DownlinkWords.Of(source));
        JsonLine.Text(json, "id", control.Id);
        JsonLine.Json(json, "params", control.Parameters.Span);
    });

    public byte[] Result(ControlResult result, TimeSpan at) => Line("result", at, json =>
    {
        JsonLine.Text(json, "id", result.Control.Id);
        JsonLine.Text(json, "action", result.Control.Action);
        JsonLine.Text(json, "taskId", result.Control.TaskId);
        json.WriteBoolean("ok"u8, result.Error is null);
        JsonLine.Text(json, "error", result.Error);
        json.WriteNumber("try"u8, result.Try);
        json.WriteBoolean("willRetry"u8, result.WillRetry);
    });

    public byte[] Sync(SyncReport report, TimeSpan at) => Line("sync", at, json =>
    {
        json.WriteString("reason"u8, DownlinkWords.Of(report.Reason));
        json.WriteBoolean("ok"u8, report.Succeeded);
        json.WriteNumber("controls"u8, report.ControlCount);
    });

    public byte[] Route(DownlinkStatus status, TimeSpan at) => Line("route", at, json =>
    {
        json.WriteString("route"u8, DownlinkWords.Of(status.Routes));
        json.WriteString("state"u8, DownlinkWords.Of(status.State));
        if (status.Server is { } mirror)
        {
            json.WriteString("mirror"u8, EventNames.Of(mirror));
        }

        JsonLine.Text(json, "reason", status.Reason);
    });

    public byte[] Dropped(long lines, TimeSpan at) => Line("dropped", at, json => json.WriteNumber("lines"u8, lines));

    private static byte[] Line(string kind, TimeSpan at, Action<Utf8JsonWriter> members) => JsonLine.Of(json =>
    {
        json.WriteString("kind"u8, kind);
        members(json);

        // "Seconds since the start, three decimals."
        json.WriteNumber("at"u8, (long)at.TotalMilliseconds * 0.001m);
    });
}
