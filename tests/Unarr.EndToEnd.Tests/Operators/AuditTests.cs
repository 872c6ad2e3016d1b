using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Unarr.ControlPlane.Audit;
using Unarr.EndToEnd.Tests.ControlPlane;
using Unarr.EndToEnd.Tests.Page;

namespace Unarr.EndToEnd.Tests.Operators;

public sealed class AuditTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("unarr-audit-");

    private string Path => System.IO.Path.Combine(_folder.FullName, "audit.jsonl");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Push_is_written_before_it_is_answered_with_who_from_where_what_for_whom_and_its_outcome()
    {
        using AuditFile file = new(Path, AuditFile.MinBytes, maxOld: 1);
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(configure: options => options with { Audit = file });

        string[] ids = await plane.PushAsync(
            "a1", """{"action":"cancel","taskId":"t1","deleteFiles":true,"params":{"token":"a secret"}}""");

        string line = Assert.Single(await File.ReadAllLinesAsync(Path));
        JsonElement entry = JsonDocument.Parse(line).RootElement;
        Assert.Equal(plane.Time.GetUtcNow(), entry.GetProperty("at").GetDateTimeOffset());
        Assert.Equal("operator", entry.GetProperty("operator").GetString());
        Assert.Equal("127.0.0.1", entry.GetProperty("address").GetString());
        Assert.Equal("push", entry.GetProperty("action").GetString());
        Assert.Equal("a1", entry.GetProperty("agents")[0].GetString());
        Assert.Equal(ids[0], entry.GetProperty("controlIds")[0].GetString());
        Assert.Equal("t1", entry.GetProperty("controls")[0].GetProperty("taskId").GetString());
        Assert.True(entry.GetProperty("deletesFiles").GetBoolean());
        Assert.Equal("done", entry.GetProperty("outcome").GetString());
        Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
        Assert.DoesNotContain(RunningControlPlane.OperatorKey, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_thing_that_an_operator_does_is_an_entry_also_when_it_is_refused()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(configure: options => options with { QueueLimit = 1 });
        string[] ids = await plane.PushAsync("a1", """{"action":"pause"}""");
        await plane.OperatorAsync(HttpMethod.Post, "/a1/controls", """{"action":"pause"}""");
        await plane.OperatorAsync(HttpMethod.Post, "/a1/controls", """{"no":"action"}""");
        await plane.OperatorAsync(HttpMethod.Post, "/a9/controls", """{"action":"pause"}""");
        await plane.SendAsync(
            HttpMethod.Post, "/api/operator/controls", RunningControlPlane.OperatorKey, """{"all":true,"controls":[{"action":"pause"}]}""");
        await plane.OperatorAsync(HttpMethod.Delete, $"/a1/controls/{ids[0]}");
        await plane.OperatorAsync(HttpMethod.Post, "/a1/sync");
        await plane.TextAsync("/api/operator/export");

        JsonElement[] entries = await EntriesAsync(plane);
        Assert.Equal(
            [
                "push done", "push refused", "push refused", "push refused", "push-to-many partly", "withdraw done", "sync done",
                "export done",
            ],
            entries.Reverse().Select(entry => $"{entry.GetProperty("action").GetString()} {entry.GetProperty("outcome").GetString()}"));
        Assert.Equal(1, entries[3].GetProperty("doneCount").GetInt32());
        Assert.Equal("all", entries[3].GetProperty("chosen").GetString());
        Assert.Contains("at most 1 controls", entries[6].GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sign_in_its_refusals_and_sign_out_are_entries_and_a_flood_of_refusals_is_few()
    {
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync();
        using OperatorSession session = new(plane);
        await plane.PushAsync("a1", """{"action":"pause"}""");
        for (int i = 0; i < 3; i++)
        {
            Task<HttpResponseMessage> refused = session.SignInAsync("wrong");
            while (!refused.IsCompleted)
            {
                plane.Time.Advance(TimeSpan.FromMilliseconds(100));
                await Task.WhenAny(refused, Task.Delay(10, plane.Deadline));
            }

            using HttpResponseMessage answer = await refused;
            Assert.Equal(401, (int)answer.StatusCode);
        }

        using HttpResponseMessage signedIn = await session.SignInAsync(RunningControlPlane.OperatorKey);
        Assert.Equal(204, (int)signedIn.StatusCode);
        plane.Time.Advance(TimeSpan.FromSeconds(11));

        JsonElement[] entries = await EntriesAsync(plane);
        JsonElement[] refusals = [.. entries.Where(entry => entry.GetProperty("action").GetString() == "sign-in-refused")];
        Assert.Equal(3, refusals.Sum(entry => entry.TryGetProperty("times", out JsonElement times) ? times.GetInt32() : 1));
        Assert.InRange(refusals.Length, 1, 3);
        Assert.All(refusals, entry => Assert.False(entry.TryGetProperty("operator", out _)));
        Assert.Single(entries, entry => entry.GetProperty("action").GetString() == "sign-in");
        Assert.Single(entries, entry => entry.GetProperty("action").GetString() == "push");
        Assert.DoesNotContain(entries, entry => entry.ToString().Contains("wrong", StringComparison.Ordinal));
    }

    [Fact]
    public void Flood_of_refused_sign_ins_pushes_no_other_entry_out()
    {
        using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        FakeTimeProvider time = new();
        using AuditLog log = new(null, services.GetRequiredService<IMeterFactory>(), time, NullLogger<AuditLog>.Instance);
        log.Add(Entry(AuditAction.Push));
        for (int i = 0; i < 5000; i++)
        {
            log.Add(Entry(AuditAction.SignInRefused));
            time.Advance(TimeSpan.FromSeconds(1));
        }

        IReadOnlyList<AuditEntry> last = log.Last(AuditLog.MaxEntries);
        Assert.Single(last, entry => entry.Action == AuditAction.Push);
        Assert.Equal(AuditLog.MaxRefusedEntries, last.Count - 1);
        Assert.Contains(last, entry => entry.Times >= 9);
    }

    [Fact]
    public async Task File_that_cannot_be_written_fails_no_push_and_is_one_line_and_a_count()
    {
        ConcurrentQueue<string> lines = new();
        long failures = 0;
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "unarr.controlplane.audit.failures")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref failures, value));
        listener.Start();
        using AuditFile file = new(Path, AuditFile.MinBytes, maxOld: 1);
        await using RunningControlPlane plane = await RunningControlPlane.StartAsync(
            configure: options => options with { Audit = file, Logging = logging => logging.AddProvider(new LineLog(lines.Enqueue)) });
        File.Delete(Path);
        Directory.CreateDirectory(Path);

        await plane.PushAsync("a1", """{"action":"pause"}""");
        await plane.PushAsync("a1", """{"action":"pause"}""");
        Assert.Equal(2, Interlocked.Read(ref failures));
        Assert.Single(lines, line => line.Contains("The audit log cannot be written", StringComparison.Ordinal));

        Directory.Delete(Path);
        await plane.PushAsync("a2", """{"action":"pause"}""");
        Assert.Single(lines, line => line.Contains("it lacks 2 entries", StringComparison.Ordinal));
        Assert.Single(await File.ReadAllLinesAsync(Path));
        Assert.Equal(3, (await EntriesAsync(plane)).Length);
    }

    [Fact]
    public async Task Entries_of_the_file_are_shown_after_a_restart()
    {
        using (AuditFile file = new(Path, AuditFile.MinBytes, maxOld: 1))
        {
            await using RunningControlPlane plane =
                await RunningControlPlane.StartAsync(configure: options => options with { Audit = file });
            await plane.PushAsync("a1", """{"action":"pause","taskId":"before"}""");
        }

        using AuditFile again = new(Path, AuditFile.MinBytes, maxOld: 1);
        await using RunningControlPlane restarted =
            await RunningControlPlane.StartAsync(configure: options => options with { Audit = again });
        Assert.Equal("before", Assert.Single(await EntriesAsync(restarted)).GetProperty("controls")[0].GetProperty("taskId").GetString());
    }

    private static AuditEntry Entry(string action) =>
        new() { At = DateTimeOffset.UnixEpoch, Action = action, Outcome = AuditOutcome.Done };

    private static async Task<JsonElement[]> EntriesAsync(RunningControlPlane plane)
    {
        Answer answer = await plane.SendAsync(HttpMethod.Get, "/api/operator/audit", RunningControlPlane.OperatorKey);
        Assert.Equal(200, answer.Status);
        return [.. answer.Json.GetProperty("entries").EnumerateArray()];
    }
}
