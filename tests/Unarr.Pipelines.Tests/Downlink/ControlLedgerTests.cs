using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Unarr.Agents.Downlink.Applying;
using Unarr.Agents.Protocol;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>Each control once, however often, in whatever order and over whichever restarts it is delivered.</summary>
public sealed class ControlLedgerTests : IDisposable
{
    private readonly CapturingLogger _logger = new();
    private string _path = Path.Combine(Path.GetTempPath(), $"unarr-ledger-{Guid.NewGuid():N}");
    private ControlLedger? _open;

    [Fact]
    public void Deliveries_repeated_reordered_and_over_restarts_are_applied_once_and_acknowledged()
    {
        const string Memory = "/dev/shm";

        // Thousands of flushed writes: a disk takes a minute for them, and loss of power is not what is tried here.
        _path = Directory.Exists(Memory) ? Path.Combine(Memory, Path.GetFileName(_path)) : _path;
        for (int seed = 0; seed < 200; seed++)
        {
            File.Delete(_path);
            var random = new Random(seed);
            var applied = new List<string>();
            var pending = Enumerable.Range(0, 40).Select(id => $"c{id}").ToList();
            ControlLedger ledger = Open();
            while (pending.Count > 0)
            {
                foreach (string id in random.GetItems(pending.ToArray(), random.Next(20)))
                {
                    if (!ledger.ListAgain(id))
                    {
                        applied.Add(id);
                        ledger.Settle(id, null);
                    }
                }

                ledger = random.Next(5) == 0 ? Open() : ledger;
                var request = new SyncRequest { AgentId = "a" };
                IReadOnlyList<string> listed = ledger.List(request);
                if (random.Next(3) > 0)
                {
                    // The control plane took it; its answer may be lost anyway.
                    pending.RemoveAll(request.AppliedControls!.Contains);
                    if (random.Next(4) > 0)
                    {
                        ledger.Told(listed);
                    }
                }
            }

            Assert.True(applied.Count == 40 && applied.Distinct().Count() == 40, $"seed {seed}: {string.Join(' ', applied)}");
        }
    }

    [Fact]
    public void Control_that_was_given_up_is_listed_as_failed_and_not_taken_again()
    {
        ControlLedger ledger = Open();
        ledger.Settle("c1", "why");

        Assert.True(ledger.ListAgain("c1"));
        (string[] applied, FailedControl[] failed) = List(ledger);
        Assert.Empty(applied);
        Assert.Equal(("c1", "why"), Assert.Single(failed.Select(control => (control.Id, control.Error))));
    }

    [Fact]
    public void Error_is_listed_in_at_most_256_characters_and_never_half_a_character()
    {
        ControlLedger ledger = Open();
        ledger.Settle("c1", new string('x', 2 * 1024 * 1024));
        ledger.Settle("c2", new string('x', 254) + "\U0001F600" + new string('x', 100));
        ledger.Settle("c3", new string('x', 256));

        FailedControl[] failed = List(ledger).Failed;
        Assert.Equal(new string('x', 255) + "…", failed[0].Error);
        Assert.Equal(new string('x', 254) + "…", failed[1].Error);
        Assert.Equal(new string('x', 256), failed[2].Error);
    }

    [Fact]
    public void Sync_lists_at_most_1024_ids_oldest_first_and_the_next_one_the_rest()
    {
        ControlLedger ledger = new(null, NullLogger.Instance);
        for (int id = 0; id < 1500; id++)
        {
            ledger.Settle($"c{id}", null);
        }

        var request = new SyncRequest { AgentId = "a" };
        IReadOnlyList<string> listed = ledger.List(request, out bool isCut);
        Assert.True(isCut);
        Assert.Equal(Enumerable.Range(0, 1024).Select(id => $"c{id}"), request.AppliedControls!);
        ledger.Told(listed);
        Assert.Equal(476, ledger.Untold);
        Assert.Equal("c1024", List(ledger).Applied[0]);
        ledger.List(request, out isCut);
        Assert.False(isCut);
    }

    [Fact]
    public void Sync_lists_at_most_256_KiB_as_they_are_written()
    {
        ControlLedger ledger = new(null, NullLogger.Instance);

        // Six bytes a character on the wire.
        string text = new('\u0001', 200);
        for (int id = 0; id < 300; id++)
        {
            ledger.Settle($"c{id}", text);
        }

        var request = new SyncRequest { AgentId = "a" };
        int listed = ledger.List(request).Count;
        int written = JsonSerializer.SerializeToUtf8Bytes(request, ProtocolJson.SyncRequest).Length;
        Assert.InRange(written, (256 * 1024) - 2048, (256 * 1024) + 64);
        Assert.InRange(listed, 1, 299);
    }

    [Fact]
    public void Sync_lists_ids_up_to_exactly_256_KiB()
    {
        ControlLedger ledger = new(null, NullLogger.Instance);
        for (int id = 0; id < 300; id++)
        {
            // With its quotes and the comma behind it 1,024 bytes.
            ledger.Settle($"{id:D1021}", null);
        }

        Assert.Equal(256, List(ledger).Applied.Length);
    }

    [Fact]
    public void Every_untold_id_is_remembered_and_the_last_4096_told()
    {
        ControlLedger ledger = new(null, NullLogger.Instance);
        for (int id = 0; id < 5000; id++)
        {
            ledger.Settle($"c{id}", null);
        }

        Assert.True(ledger.ListAgain("c0"));
        for (int id = 0; id < 5; id++)
        {
            ledger.Told(ledger.List(new SyncRequest { AgentId = "a" }));
        }

        Assert.Equal(0, ledger.Untold);
        Assert.False(ledger.ListAgain("c903"));
        Assert.True(ledger.ListAgain("c904"));
        Assert.True(ledger.ListAgain("c4999"));
        Assert.Equal(2, ledger.Untold);
    }

    [Fact]
    public void Control_that_is_told_once_more_is_the_latest_told()
    {
        ControlLedger ledger = new(null, NullLogger.Instance);
        ledger.Settle("again", null);
        TellAll(ledger);
        Assert.True(ledger.ListAgain("again"));
        TellAll(ledger);
        for (int id = 0; id < 4095; id++)
        {
            ledger.Settle($"c{id}", null);
        }

        TellAll(ledger);
        Assert.True(ledger.ListAgain("again"));
        TellAll(ledger);
        Assert.True(ledger.ListAgain("c0"));
    }

    [Fact]
    public void Of_a_file_with_more_lines_than_are_remembered_the_last_are_read()
    {
        File.WriteAllLines(_path, Enumerable.Range(0, 4100).Select(id => $$"""{"id":"c{{id}}"}"""));
        ControlLedger ledger = Open();
        Assert.False(ledger.ListAgain("c3"));
        Assert.True(ledger.ListAgain("c4"));
        Assert.True(ledger.ListAgain("c4099"));
    }

    [Fact]
    public void Line_that_was_cut_by_a_power_failure_loses_only_itself()
    {
        ControlLedger ledger = Open();
        ledger.Settle("c1", null);
        File.AppendAllText(_path, "{\"id\":\"c");

        ledger = Open();

        Assert.True(ledger.ListAgain("c1"));
        ledger.Settle("c2", null);
        Assert.True(Open().ListAgain("c2"));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{\"id\":null}")]
    [InlineData("{\"id\":\"\"}")]
    [InlineData("[1]")]
    [InlineData("")]
    public void Line_without_an_id_is_left_out(string line)
    {
        File.WriteAllLines(_path, [line, """{"id":"c1"}"""]);

        ControlLedger ledger = Open();

        Assert.True(ledger.ListAgain("c1"));
        Assert.Contains("line 1 (and 0 more) does not parse and is skipped", Assert.Single(_logger.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void File_of_random_bytes_gives_one_warning()
    {
        byte[] garbage = new byte[4 * 1024 * 1024];
        new Random(1).NextBytes(garbage);
        File.WriteAllBytes(_path, [.. garbage, .. "\n{\"id\":\"c1\"}\n"u8]);

        ControlLedger ledger = Open();

        Assert.True(ledger.ListAgain("c1"));
        Assert.Contains("There is no id that a control could have.", Assert.Single(_logger.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_huge_file_the_end_is_read_and_the_rest_replaced()
    {
        using (FileStream huge = File.Create(_path))
        {
            // Sparse: it takes no room on the disk.
            huge.SetLength(3L * 1024 * 1024 * 1024);
            huge.Seek(0, SeekOrigin.End);
            huge.Write("\n{\"id\":\"c1\"}\n"u8);
        }

        ControlLedger ledger = Open();
        Assert.True(ledger.ListAgain("c1"));
        ledger.Settle("c2", null);
        Assert.InRange(new FileInfo(_path).Length, 1, 1024);
    }

    [Fact]
    public void File_that_another_agent_uses_is_refused()
    {
        Open();

        IOException refusal = Assert.Throws<IOException>(() => new ControlLedger(_path, _logger));
        Assert.Contains("another agent uses it", refusal.Message, StringComparison.Ordinal);

        Close();
        Open();
    }

    [Fact]
    public void What_is_settled_after_the_end_is_not_written()
    {
        ControlLedger ended = Open();
        ended.Settle("c1", null);
        ControlLedger next = Open();
        ended.Settle("c2", null);

        Assert.True(next.ListAgain("c1"));
        Assert.False(Open().ListAgain("c2"));
    }

    [Fact]
    public void Last_control_that_was_applied_is_known_after_a_restart()
    {
        ControlLedger ledger = Open();
        Assert.Equal("", ledger.LastApplied);
        ledger.Settle("c1", null);

        // One over a bound is settled before those that came ahead of it in its list.
        ledger.Settle("c3", "its action is too long");
        Assert.Equal("c1", Open().LastApplied);
    }

    [Fact]
    public void Half_a_character_in_an_error_does_not_end_the_syncs()
    {
        ControlLedger ledger = Open();
        ledger.Settle("c1", "no task \ud83d");
        Assert.Equal("no task \ufffd", Assert.Single(List(ledger).Failed).Error);
    }

    [Fact]
    public void Line_whose_id_is_longer_than_a_control_s_can_be_is_left_out()
    {
        string longest = new('x', Control.MaxStringBytes);
        File.WriteAllLines(_path, [$$"""{"id":"{{longest}}x"}""", $$"""{"id":"{{longest}}"}"""]);

        ControlLedger ledger = Open();

        Assert.False(ledger.ListAgain($"{longest}x"));
        Assert.True(ledger.ListAgain(longest));
    }

    [SkippableTheory]
    [InlineData("/dev/null")]
    [InlineData("/dev/zero")]
    public void Device_is_refused_and_left_as_it_is(string device)
    {
        Skip.IfNot(File.Exists(device), $"It needs {device}.");
        IOException refusal = Assert.Throws<IOException>(() => new ControlLedger(device, _logger));

        Assert.Contains("not a regular file", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_that_cannot_be_written_at_the_start_is_refused_then()
    {
        // Whoever runs the tests, a directory is no file to write.
        Directory.CreateDirectory(_path + ".new");

        Assert.Throws<UnauthorizedAccessException>(() => Open());
    }

    [Fact]
    public void File_that_can_no_longer_be_written_is_logged_and_the_control_is_settled_anyway()
    {
        ControlLedger ledger = Open();
        Directory.CreateDirectory(_path + ".new");

        ledger.Settle("c1", null);

        Assert.True(ledger.ListAgain("c1"));
        Assert.Contains("The state file was not written", Assert.Single(_logger.Lines), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void File_is_whole_again_after_the_disk_was_full()
    {
        Skip.IfNot(File.Exists("/dev/full"), "It needs /dev/full.");
        ControlLedger ledger = Open();
        ledger.Settle("c1", null);
        File.Delete(_path);
        File.CreateSymbolicLink(_path, "/dev/full");
        ledger.Settle("c2", null);
        Assert.Contains("The state file was not written", Assert.Single(_logger.Lines), StringComparison.Ordinal);

        // As a write that broke off half-way.
        File.Delete(_path);
        File.WriteAllText(_path, "{\"id\":\"c1\"}\n{\"id\":\"c");
        ledger.Settle("c3", null);

        ledger = Open();
        Assert.All(["c1", "c2", "c3"], id => Assert.True(ledger.ListAgain(id)));
        Assert.Single(_logger.Lines);
    }

    public void Dispose()
    {
        Close();
        File.Delete(_path);
        File.Delete(_path + ".lock");
        if (Directory.Exists(_path + ".new"))
        {
            Directory.Delete(_path + ".new");
        }
    }

    private static void TellAll(ControlLedger ledger)
    {
        while (ledger.Untold > 0)
        {
            ledger.Told(ledger.List(new SyncRequest { AgentId = "a" }));
        }
    }

    private static (string[] Applied, FailedControl[] Failed) List(ControlLedger ledger)
    {
        var request = new SyncRequest { AgentId = "a" };
        ledger.List(request);
        return ([.. request.AppliedControls!], [.. request.FailedControls ?? []]);
    }

    /// <summary>Opens the file as an agent that has restarted.</summary>
    private ControlLedger Open()
    {
        Close();
        return _open = new ControlLedger(_path, _logger);
    }

    private void Close()
    {
        _open?.Dispose();
        _open = null;
    }
}
