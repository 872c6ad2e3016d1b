using Microsoft.Extensions.Logging.Abstractions;
using Unarr.Pipelines.Downlink;
using Unarr.Pipelines.Protocol;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>Each control once, however often, in whatever order and over whichever restarts it is delivered.</summary>
public sealed class ControlLedgerTests : IDisposable
{
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

    public void Dispose() => File.Delete(_path);

    private ControlLedger Open() => new(_path, NullLogger.Instance);
}
