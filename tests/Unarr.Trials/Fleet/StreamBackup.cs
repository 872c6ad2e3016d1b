using System.Text.Json.Nodes;
using NATS.Client.Core;

namespace Unarr.EndToEnd.Tests.Fleet;

/// <summary>A stream's backup, made and restored by the requests that <c>nats stream backup</c> and <c>nats stream restore</c>
/// make.</summary>
internal sealed class StreamBackup
{
    private readonly JsonNode _about;
    private readonly List<byte[]> _pieces = [];

    private StreamBackup(JsonNode about) => _about = about;

    public static async Task<StreamBackup> MakeAsync(NatsConnection connection, string stream, CancellationToken deadline)
    {
        string inbox = connection.NewInbox();
        await using INatsSub<byte[]> sub = await connection.SubscribeCoreAsync<byte[]>(inbox, cancellationToken: deadline);
        StreamBackup backup = new(await AskAsync(
            connection, $"$JS.API.STREAM.SNAPSHOT.{stream}", $$"""{"deliver_subject":"{{inbox}}","no_consumers":true}""", deadline));
        await foreach (NatsMsg<byte[]> piece in sub.Msgs.ReadAllAsync(deadline))
        {
            if (piece.Data is not { Length: > 0 } data)
            {
                Assert.True(piece.Headers is null or { Code: < 400 }, $"The backup of {stream} ended with {piece.Headers?.Code}.");
                break;
            }

            backup._pieces.Add(data);
            if (piece.ReplyTo is { Length: > 0 } reply)
            {
                await connection.PublishAsync(reply, cancellationToken: deadline);
            }
        }

        return backup;
    }

    public async Task RestoreAsync(NatsConnection connection, string stream, CancellationToken deadline)
    {
        JsonObject about = new() { ["config"] = _about["config"]!.DeepClone(), ["state"] = _about["state"]!.DeepClone() };
        JsonNode begun = await AskAsync(connection, $"$JS.API.STREAM.RESTORE.{stream}", about.ToJsonString(), deadline);
        string subject = (string)begun["deliver_subject"]!;
        foreach (byte[] piece in _pieces)
        {
            NatsMsg<string> taken = await connection.RequestAsync<byte[], string>(subject, piece, cancellationToken: deadline);
            Assert.True(string.IsNullOrEmpty(taken.Data), taken.Data);
        }

        await AskAsync(connection, subject, "", deadline);
    }

    private static async Task<JsonNode> AskAsync(NatsConnection connection, string subject, string request, CancellationToken deadline)
    {
        NatsMsg<string> answer = await connection.RequestAsync<string, string>(subject, request, cancellationToken: deadline);
        JsonNode json = JsonNode.Parse(answer.Data!)!;
        Assert.True(json["error"] is null, $"{subject}: {answer.Data}");
        return json;
    }
}
