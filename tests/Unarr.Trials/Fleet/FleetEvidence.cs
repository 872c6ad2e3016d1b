using System.Globalization;
using System.Text;
using System.Text.Json;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace Unarr.EndToEnd.Tests.Fleet;

/// <summary>Reads what JetStream has of one agent, past the nodes.</summary>
internal static class FleetEvidence
{
    /// <returns>The agent's document and its ended controls, as lines for people.</returns>
    public static async Task<string> ReadAsync(string urls, string agent, CancellationToken deadline)
    {
        await using NatsConnection connection = new(new NatsOpts { Url = urls });
        NatsJSContext jetStream = new(connection);
        StringBuilder lines = new();
        StoredMessage? document = await GetAsync(
            jetStream, "KV_unarr_pending", new StreamMsgGetRequest { LastBySubj = $"$KV.unarr_pending.{agent}" }, deadline);
        lines.AppendLine(document is null ? "JetStream has no document" : string.Create(
            CultureInfo.InvariantCulture, $"the document, revision {document.Seq} of {document.Time}: {TextOf(document)}"));
        ulong next = 1;
        while (await GetAsync(
            jetStream, "unarr_ended", new StreamMsgGetRequest { NextBySubj = $"unarr.ended.{agent}", Seq = next }, deadline)
            is { } ended)
        {
            next = ended.Seq + 1;
            string id = JsonDocument.Parse(ended.Data).RootElement.GetProperty("ended")[0].GetProperty("control").GetProperty("id")
                .GetString()!;
            lines.AppendLine(CultureInfo.InvariantCulture, $"ended, {ended.Seq} of {ended.Time}: {id}");
        }

        return lines.ToString();
    }

    private static async Task<StoredMessage?> GetAsync(
        NatsJSContext jetStream, string stream, StreamMsgGetRequest request, CancellationToken deadline)
    {
        try
        {
            return (await jetStream.JSRequestResponseAsync<StreamMsgGetRequest, StreamMsgGetResponse>(
                $"$JS.API.STREAM.MSG.GET.{stream}", request, deadline)).Message;
        }
        catch (NatsJSApiException exception) when (exception.Error.Code == 404)
        {
            return null;
        }
    }

    private static string TextOf(StoredMessage message) =>
        (string.IsNullOrEmpty(message.Hdrs) ? "" : Encoding.UTF8.GetString(Convert.FromBase64String(message.Hdrs)).ReplaceLineEndings(" "))
        + Encoding.UTF8.GetString(message.Data.Span);
}
