using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Unarr.Agents.Downlink.ControlPlane;
using Unarr.Agents.Hub.Controls;
using Unarr.Agents.Hub.Web;
using Unarr.Agents.Protocol;
using Unarr.ControlPlane.Operator;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class PushedControlsTests
{
    private const int MaxLineBytes = 256 * 1024;

    private static readonly string[] Pieces =
        ["a", "\"", "\\", "&", "<", "'", "\0", "\u0001", "\n", "\u007F", "é", "я", "语", "\u2028", "\uFEFF", "\uFFFD", "\uFFFF", "😀",
            "\uD800", "\uDC00"];

    private static readonly int[] Edges = [0, 1, 170, 171, 200, 256, 257, 341, 342, 512, 513, 1024, 1025];

    [Theory]
    [InlineData("x", 1024)]
    [InlineData("\\u0026", 1024)]
    [InlineData("语", 341)]
    [InlineData("\\u8bed", 341)]
    [InlineData("я", 512)]
    [InlineData("😀", 256)]
    [InlineData("\\ud83d\\ude00", 256)]
    public void Text_is_accepted_up_to_1024_bytes_however_it_is_escaped(string piece, int most)
    {
        string within = string.Concat(Enumerable.Repeat(piece, most));
        Assert.Single(Parse($$"""{"action":"{{within}}","taskId":"{{within}}"}"""));
        foreach (string member in (string[])["action", "taskId"])
        {
            string refusal = Refusal($$"""[{"action":"a"},{"action":"a","{{member}}":"{{within}}{{piece}}"}]""");
            Assert.Contains($"Control 2 has a \"{member}\" of", refusal, StringComparison.Ordinal);
            Assert.Contains("1024", refusal, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("""{"action":"a","task_id":"t1"}""", "\"task_id\"")]
    [InlineData("""{"action":"a","TaskId":"t1"}""", "\"TaskId\"")]
    [InlineData("""{"action":"a","at":7}""", "\"at\"")]
    [InlineData("""{"action":"a","newer":null}""", "\"newer\"")]
    [InlineData("""{"action":"a","\ud800":1}""", "a member with half of a surrogate pair")]
    [InlineData("""{"action":"\ud800"}""", "\"action\" with half of a surrogate pair")]
    [InlineData("""{"action":"a","taskId":"\udc00\ud800"}""", "\"taskId\" with half of a surrogate pair")]
    [InlineData("""{"action":"a","id":"mine"}""", "\"id\"")]
    [InlineData("""{"action":"a","id":7}""", "\"id\"")]
    [InlineData("""{"action":7}""", "\"action\" that is not a string")]
    [InlineData("""{"action":"a","taskId":[]}""", "\"taskId\" that is not a string")]
    [InlineData("""{"action":"a","deleteFiles":1}""", "\"deleteFiles\" that is neither true nor false")]
    [InlineData("""{"taskId":"t1"}""", "needs an \"action\"")]
    [InlineData("""{"action":""}""", "needs an \"action\"")]
    [InlineData("""[7]""", "Control 1 is not an object")]
    public void Mistake_is_refused_and_named(string body, string named) => Assert.Contains(named, Refusal(body), StringComparison.Ordinal);

    [Theory]
    [InlineData("{\"action\":\"a\u00FF\"}")]
    [InlineData("{\"action\":\"a\",\"taskId\":\"\u00ED\u00A0\u0080\"}")]
    [InlineData("{\"action\":\"a\",\"\u00FF\":1}")]
    public void Body_that_is_not_utf8_is_refused(string bytes) =>
        Assert.Contains("not UTF-8", Refusal(Encoding.Latin1.GetBytes(bytes)), StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"action":"a","id":""}""")]
    [InlineData("""{"action":"a","id":null,"taskId":null,"deleteFiles":null}""")]
    public void Empty_id_is_no_id(string body) => Assert.Equal([new Control("a")], Parse(body));

    [Property(MaxTest = 1000)]
    public Property What_is_accepted_is_read_unchanged_from_store_stream_and_sync()
    {
        Gen<string> texts = Gen.Frequency(
            (3, from count in Gen.Choose(0, 6) from pieces in Gen.Elements(Pieces).ArrayOf(count) select string.Concat(pieces)),
            (3, from piece in Gen.Elements(Pieces)
                from times in Gen.Elements(Edges)
                select string.Concat(Enumerable.Repeat(piece, times))));
        var pushes =
            from action in texts
            from taskId in texts
            from deleteFiles in Gen.Elements(true, false)
            select (action, taskId, deleteFiles);
        return Prop.ForAll(Arb.From(pushes), push => IsRefusedOrReadUnchanged(push.action, push.taskId, push.deleteFiles));
    }

    [Theory]
    [InlineData("\0")]
    [InlineData("语")]
    [InlineData("😀")]
    [InlineData("&")]
    public async Task Full_queue_is_cut_into_messages_that_an_agent_reads(string piece)
    {
        string text = string.Concat(Enumerable.Repeat(piece, Control.MaxStringBytes / Encoding.UTF8.GetByteCount(piece)));
        InMemoryControlStore store = new();
        List<string> ids = [];
        using ExpiryTimes expiries = new(TimeProvider.System);
        PendingControls pending = new(store, expiries, TimeProvider.System);
        for (PushStatus status = PushStatus.Queued; status == PushStatus.Queued;)
        {
            Control control = new(text, text)
            {
                DeleteFiles = true,
                Id = Guid.NewGuid().ToString("N"),
                PushedAt = DateTimeOffset.MaxValue,
            };
            ControlRecord record = new() { AgentId = "a1", Control = control, State = ControlState.Pending };
            ids.Add(control.Id);
            status = (await store.AddAsync([record], QueueSize.MaxControls, CancellationToken.None))[0].Status;
        }

        // The last one found no room.
        ids.RemoveAt(ids.Count - 1);
        Assert.Equal(ids, await ReadAsync(PageSize.Command, MaxLineBytes - "data: ".Length));
        Assert.Equal(ids, await ReadAsync(PageSize.Sync, ControlPlaneClient.MaxSyncResponseBytes));

        async Task<List<string>> ReadAsync(PageSize size, int maxBytes)
        {
            List<string> read = [];
            ControlPlace? last = null;
            for (bool hasMore = true; hasMore;)
            {
                PendingPage page = await pending.ReadAsync("a1", last, size, CancellationToken.None);
                byte[] command = Written(new ControlCommand { Controls = [.. page.Controls.Select(record => record.Control)] });
                Assert.InRange(command.Length, page.HasMore ? size.Bytes / 2 : 1, maxBytes);
                read.AddRange(Payload.Read(command, ProtocolJson.ControlCommand)!.Controls.Select(control => control.Id!));
                last = new ControlPlace(page.Controls[^1].Id, page.Controls[^1].Sequence);
                hasMore = page.HasMore;
            }

            return read;
        }
    }

    private static bool IsRefusedOrReadUnchanged(string action, string taskId, bool deleteFiles)
    {
        // As a client writes it that knows nothing of UTF-16's rules: each unit as an escape.
        string body =
            $$"""{"action":"{{Escaped(action)}}","taskId":"{{Escaped(taskId)}}","deleteFiles":{{(deleteFiles ? "true" : "false")}}}""";
        bool isReadable = IsReadable(action) && action.Length > 0 && IsReadable(taskId);
        Control pushed;
        try
        {
            pushed = Parse(body)[0].Stamped("c1", DateTimeOffset.UnixEpoch);
        }
        catch (RequestException refusal)
        {
            return refusal.Status == 400 && !isReadable;
        }

        Control stored = StoredControl.Read(StoredControl.Write(pushed));
        ControlCommand command = Payload.Read(Written(new ControlCommand { Controls = [stored] }), ProtocolJson.ControlCommand)!;
        SyncResponse answer = Payload.Read(
            JsonSerializer.SerializeToUtf8Bytes(new SyncResponse { Controls = [stored] }, ProtocolJson.SyncResponse),
            ProtocolJson.SyncResponse)!;
        return isReadable && pushed.Action == action && pushed.TaskId == taskId && pushed.DeleteFiles == deleteFiles
            && stored.Equals(pushed) && command.Controls.Single().Equals(pushed) && answer.Controls.Single().Equals(pushed);
    }

    private static bool IsReadable(string text) =>
        Encoding.UTF8.GetByteCount(text) <= 1024 && Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;

    private static string Escaped(string text) => string.Concat(text.Select(unit => $"\\u{(int)unit:x4}"));

    private static byte[] Written(ControlCommand command) => JsonSerializer.SerializeToUtf8Bytes(command, ProtocolJson.ControlCommand);

    private static IReadOnlyList<Control> Parse(string body) => Parse(Encoding.UTF8.GetBytes(body));

    private static IReadOnlyList<Control> Parse(byte[] body) => PushedControls.Parse(JsonElement.Parse(body));

    private static string Refusal(string body) => Refusal(Encoding.UTF8.GetBytes(body));

    private static string Refusal(byte[] body)
    {
        RequestException refusal = Assert.Throws<RequestException>(() => Parse(body));
        Assert.Equal(400, refusal.Status);
        return refusal.Message;
    }
}
