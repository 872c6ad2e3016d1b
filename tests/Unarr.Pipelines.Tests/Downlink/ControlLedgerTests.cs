using Microsoft.Extensions.Logging.Abstractions;
using Unarr.Pipelines.Downlink;
using Unarr.Pipelines.Protocol;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>Each control once, however often, in whatever order and over whichever restarts it is delivered.</summary>
public sealed class ControlLedgerTests : IDisposable
{
    private readonly CapturingLogger _logger = new();
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"unarr-ledger-{Guid.NewGuid():N}");

    [Fact]
    public void Deliveries_repeated_reordered_and_over_restarts_are_applied_once_and_acknowledged()
    {
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
                    var control = new ControlAction { Action = "cancel", Id = id };
                    if (ledger.IsDue(control))
                    {
                        applied.Add(id);
                        ledger.Applied(control);
                    }
                }

                ledger = random.Next(5) == 0 ? Open() : ledger;
                var request = new SyncRequest { AgentId = "a" };
                IReadOnlyList<string> listed = ledger.List(request);
                if (random.Next(3) > 0)
                {
                    // The control plane took it; its answer may be lost all the same.
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
    public void Control_that_fails_three_times_is_listed_as_failed_and_not_tried_again()
    {
        ControlLedger ledger = Open();
        var control = new ControlAction { Action = "cancel", Id = "c1" };
        for (int attempt = 1; attempt <= 3; attempt++)
        {
            Assert.True(ledger.IsDue(control));
            ledger.Failed(control, $"try {attempt}");
        }

        Assert.False(ledger.IsDue(control));
        var request = new SyncRequest { AgentId = "a" };
        ledger.List(request);
        Assert.Empty(request.AppliedControls!);
        Assert.Equal(("c1", "try 3"), Assert.Single(request.FailedControls!.Select(failed => (failed.Id, failed.Error))));
    }

    [Fact]
    public void Line_that_was_cut_by_a_power_failure_loses_only_itself()
    {
        ControlLedger ledger = Open();
        ledger.Applied(new ControlAction { Action = "cancel", Id = "c1" });
        File.AppendAllText(_path, "{\"id\":\"c");

        ledger = Open();

        Assert.False(ledger.IsDue(new ControlAction { Action = "cancel", Id = "c1" }));
        ledger.Applied(new ControlAction { Action = "cancel", Id = "c2" });
        Assert.False(Open().IsDue(new ControlAction { Action = "cancel", Id = "c2" }));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{\"id\":null}")]
    [InlineData("[1]")]
    public void Line_without_an_id_is_left_out(string line)
    {
        File.WriteAllLines(_path, [line, """{"id":"c1"}"""]);

        ControlLedger ledger = Open();

        Assert.False(ledger.IsDue(new ControlAction { Action = "cancel", Id = "c1" }));
        Assert.Contains("line 1 does not parse and is left out", Assert.Single(_logger.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void Line_whose_id_is_longer_than_a_control_s_can_be_is_left_out()
    {
        string longest = new('x', ControlAction.MaxStringBytes);
        File.WriteAllLines(_path, [$$"""{"id":"{{longest}}x"}""", $$"""{"id":"{{longest}}"}"""]);

        ControlLedger ledger = Open();

        Assert.True(ledger.IsDue(new ControlAction { Action = "cancel", Id = $"{longest}x" }));
        Assert.False(ledger.IsDue(new ControlAction { Action = "cancel", Id = longest }));
    }

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/dev/zero")]
    public void Device_is_refused_and_left_as_it_is(string device)
    {
        if (!File.Exists(device))
        {
            return;
        }

        IOException refusal = Assert.Throws<IOException>(() => new ControlLedger(device, _logger));

        Assert.Contains("no regular file", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_that_cannot_be_written_at_the_start_is_refused_then()
    {
        // Whoever runs the tests, a directory is no file to write.
        Directory.CreateDirectory(_path + ".new");

        Assert.Throws<UnauthorizedAccessException>(Open);
    }

    [Fact]
    public void File_that_can_no_longer_be_written_is_logged_and_the_control_is_settled_all_the_same()
    {
        ControlLedger ledger = Open();
        Directory.CreateDirectory(_path + ".new");

        ledger.Applied(new ControlAction { Action = "cancel", Id = "c1" });

        Assert.False(ledger.IsDue(new ControlAction { Action = "cancel", Id = "c1" }));
        Assert.Contains("The state file was not written", Assert.Single(_logger.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void File_is_whole_again_after_the_disk_was_full()
    {
        if (!File.Exists("/dev/full"))
        {
            return;
        }

        ControlLedger ledger = Open();
        ledger.Applied(new ControlAction { Action = "cancel", Id = "c1" });
        File.Delete(_path);
        File.CreateSymbolicLink(_path, "/dev/full");
        ledger.Applied(new ControlAction { Action = "cancel", Id = "c2" });
        Assert.Contains("The state file was not written", Assert.Single(_logger.Lines), StringComparison.Ordinal);

        // As a write that broke off half-way.
        File.Delete(_path);
        File.WriteAllText(_path, "{\"id\":\"c1\"}\n{\"id\":\"c");
        ledger.Applied(new ControlAction { Action = "cancel", Id = "c3" });

        ledger = Open();
        Assert.All(["c1", "c2", "c3"], id => Assert.False(ledger.IsDue(new ControlAction { Action = "cancel", Id = id })));
        Assert.Single(_logger.Lines);
    }

    [Fact]
    public void Only_the_last_4096_are_remembered()
    {
        ControlLedger ledger = new(null, NullLogger.Instance);
        for (int id = 0; id < ControlLedger.Remembered + 1; id++)
        {
            ledger.Applied(new ControlAction { Action = "cancel", Id = $"c{id}" });
        }

        Assert.True(ledger.IsDue(new ControlAction { Action = "cancel", Id = "c0" }));
        Assert.False(ledger.IsDue(new ControlAction { Action = "cancel", Id = "c1" }));
    }

    public void Dispose()
    {
        File.Delete(_path);
        if (Directory.Exists(_path + ".new"))
        {
            Directory.Delete(_path + ".new");
        }
    }

    private ControlLedger Open() => new(_path, _logger);
}
