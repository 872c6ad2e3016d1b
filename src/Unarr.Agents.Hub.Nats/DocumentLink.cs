using System.Globalization;
using System.Text;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;

namespace Unarr.Agents.Hub.Nats;

/// <summary>Reads and writes documents in JetStream: one exchange a call, and no second try.</summary>
internal sealed class DocumentLink(NatsJSContext jetStream, NatsNames names)
{
    private static readonly byte[] Nothing = [];

    /// <summary>Writes a document where its revision is still that of the draft's base.</summary>
    public async Task<StoreAttempt> TryStoreAsync(
        string agentId, DocumentDraft draft, string write, CancellationToken cancellationToken)
    {
        DocumentContent content = draft.Content;
        DocumentMark mark = DocumentMark.Of(content, draft.Base.Mark.WritesAfter(write));
        NatsHeaders headers = new() { [DocumentMark.WritesHeader] = mark.Writes };
        byte[] bytes = Nothing;
        if (content.IsEmpty)
        {
            // A purge with a revision: one without it removes a push that came in between.
            headers[BucketEntry.OperationHeader] = "PURGE";
            headers["Nats-Rollup"] = "sub";
        }
        else
        {
            headers[DocumentMark.Header] = mark.Format();
            bytes = DocumentCodec.Write(content);
        }

        if (bytes.Length > jetStream.Connection.ServerInfo?.MaxPayload - 4096)
        {
            throw new ControlStoreException("what is pending for this agent is larger than a message of NATS");
        }

        NatsJSPubOpts options = new() { ExpectedLastSubjectSequence = draft.Base.Revision, RetryAttempts = 1 };
        NatsResult<PubAckResponse> result = await jetStream.TryPublishAsync(
            Subject(agentId), bytes, opts: options, headers: headers, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (!result.Success)
        {
            return NatsFailure.IsSilence(result.Error) ? StoreAttempt.Silent : throw new ControlStoreException(
                "NATS failed", result.Error);
        }

        return result.Value.Error is not { } error ? new StoreAttempt(PendingDocument.Of(agentId, result.Value.Seq, content, mark))
            : NatsFailure.IsWrongRevision(error) ? StoreAttempt.Late(RevisionIn(error.Description))
            : NatsFailure.IsPassing(error) ? StoreAttempt.Silent
            : throw new ControlStoreException(NatsFailure.Explain(error));
    }

    /// <summary>Reads a document through the stream's leader: what was acknowledged is in it.</summary>
    /// <exception cref="ControlStoreException">The bucket is missing.</exception>
    public async Task<PendingDocument> ReadAsync(string agentId, CancellationToken cancellationToken)
    {
        StoredMessage? message = await LastAsync(names.Pending, Subject(agentId), cancellationToken).ConfigureAwait(false);
        return message is null ? PendingDocument.Empty(agentId, 0)
            : ToDocument(agentId, message.Seq, message.Data.ToArray(), name => HeaderIn(message.Hdrs, name));
    }

    public static PendingDocument ToDocument(string agentId, ulong revision, byte[] value, Func<string, string?> header)
    {
        string writes = header(DocumentMark.WritesHeader) ?? "";
        if (BucketEntry.IsDeletion(header(BucketEntry.OperationHeader)))
        {
            return PendingDocument.Empty(agentId, revision, writes);
        }

        // What was written by hand has no mark.
        DocumentMark mark = DocumentMark.Parse(header(DocumentMark.Header), writes)
            ?? DocumentMark.Of(DocumentCodec.Read(agentId, value), writes);
        return new PendingDocument(agentId, revision, value, mark);
    }

    /// <summary>Publishes a control that ended; the same outcome twice is one message.</summary>
    public async Task<bool> TryPublishEndedAsync(string agentId, ControlRecord record, CancellationToken cancellationToken)
    {
        string key = AgentKey.Of(agentId);
        NatsJSPubOpts options = new() { MsgId = $"{key}/{record.Id}/{(int)record.State}", RetryAttempts = 1 };
        NatsResult<PubAckResponse> result = await jetStream.TryPublishAsync(
            names.EndedOf(key), DocumentCodec.WriteEnded(record), opts: options, cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        return result.Success && result.Value.Error is null;
    }

    /// <summary>Reads the controls of an agent that ended, each with its last outcome, oldest first.</summary>
    public async Task<List<ControlRecord>> ReadEndedAsync(string agentId, CancellationToken cancellationToken)
    {
        List<ControlRecord> ended = [];
        ulong next = 1;
        string subject = names.EndedOf(AgentKey.Of(agentId));
        while (await GetAsync(
            names.Ended, new StreamMsgGetRequest { NextBySubj = subject, Seq = next }, cancellationToken)
            .ConfigureAwait(false) is { } found)
        {
            next = found.Seq + 1;
            foreach (ControlRecord record in DocumentCodec.Read(agentId, found.Data.Span).Ended)
            {
                int known = ended.FindIndex(other => other.Id == record.Id);
                if (known < 0)
                {
                    ended.Add(record);
                }
                else if (Unarr.Agents.Hub.Controls.ControlChange.Replaces(ended[known].State, record.State))
                {
                    ended[known] = record;
                }
            }
        }

        return ended;
    }

    public async Task ForgetEndedAsync(string agentId, CancellationToken cancellationToken) => await jetStream.PurgeStreamAsync(
        names.Ended, new StreamPurgeRequest { Filter = names.EndedOf(AgentKey.Of(agentId)) }, cancellationToken).ConfigureAwait(false);

    private string Subject(string agentId) => NatsNames.SubjectOf(names.Pending, AgentKey.Of(agentId));

    private Task<StoredMessage?> LastAsync(string bucket, string subject, CancellationToken cancellationToken) =>
        GetAsync(NatsNames.StreamOf(bucket), new StreamMsgGetRequest { LastBySubj = subject }, cancellationToken);

    private async Task<StoredMessage?> GetAsync(string stream, StreamMsgGetRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return (await jetStream.JSRequestResponseAsync<StreamMsgGetRequest, StreamMsgGetResponse>(
                $"{jetStream.Opts.Prefix}.STREAM.MSG.GET.{stream}", request, cancellationToken).ConfigureAwait(false)).Message;
        }
        catch (NatsJSApiException exception) when (NatsFailure.IsMessageMissing(exception.Error))
        {
            return null;
        }
        catch (NatsJSApiException exception) when (NatsFailure.IsStreamMissing(exception.Error))
        {
            throw new ControlStoreException(NatsFailure.Missing(stream), exception);
        }
    }

    /// <summary>"wrong last sequence: 123".</summary>
    private static ulong RevisionIn(string? description) => ulong.TryParse(
        description.AsSpan((description?.LastIndexOf(' ') ?? -1) + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ulong revision)
        ? revision : 0;

    private static string? HeaderIn(string? encoded, string name)
    {
        if (string.IsNullOrEmpty(encoded))
        {
            return null;
        }

        foreach (string line in Encoding.UTF8.GetString(Convert.FromBase64String(encoded)).Split("\r\n"))
        {
            if (line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] == ':')
            {
                return line[(name.Length + 1)..].Trim();
            }
        }

        return null;
    }
}
