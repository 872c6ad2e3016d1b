using Unarr.Pipelines.Downlink;
using Xunit;

namespace Unarr.Pipelines.Tests.Downlink;

/// <summary>Random scripts; <see cref="MachineDriver"/> holds on every step what no script may break. A failure names its seed.</summary>
public sealed class SequentialMachineProperties
{
    private static readonly DownlinkInputKind[] Kinds = [.. Enum.GetValues<DownlinkInputKind>().Where(kind => kind != DownlinkInputKind.Shutdown)];

    [Theory]
    [InlineData(DownlinkMode.Auto)]
    [InlineData(DownlinkMode.Sse)]
    [InlineData(DownlinkMode.Poll)]
    public void Whatever_happens_at_most_one_route_is_open_and_shutdown_closes_it(DownlinkMode mode)
    {
        for (int seed = 0; seed < 5_000; seed++)
        {
            try
            {
                Run(mode, new Random(seed));
            }
            catch (Exception exception)
            {
                Assert.Fail($"seed {seed}: {exception}");
            }
        }
    }

    [Fact]
    public void It_falls_back_exactly_at_the_third_unhealthy_stream_in_a_row()
    {
        for (int seed = 0; seed < 5_000; seed++)
        {
            var random = new Random(seed);
            MachineDriver driver = MachineDriver.Started(new DownlinkOptions { AgentId = "agent" });
            int inARow = 0;
            for (int stream = 0; stream < 20; stream++)
            {
                inARow = EndOneStream(driver, random) ? 0 : inARow + 1;
                bool polls = driver.Poll != 0;
                Assert.True(polls == (inARow == 3), $"seed {seed}: {inARow} unhealthy in a row, polling: {polls}");
                inARow = polls ? 0 : inARow;
                driver.PassSeconds(polls ? 300 : 2);
            }
        }
    }

    /// <returns>Whether it was healthy.</returns>
    private static bool EndOneStream(MachineDriver driver, Random random)
    {
        switch (random.Next(4))
        {
            case 0:
                driver.End("refused");
                return false;
            case 1:
                driver.Open();
                driver.End();
                return false;
            case 2:
                driver.Open();
                driver.Frames();
                driver.PassSeconds(40);
                return false;
            default:
                driver.Open();
                driver.Frames();
                driver.PassSeconds(random.Next(40));
                driver.End();
                return true;
        }
    }

    private static void Run(DownlinkMode mode, Random random)
    {
        MachineDriver driver = MachineDriver.Started(new DownlinkOptions { AgentId = "agent", Mode = mode });
        int steps = random.Next(80);
        for (int step = 0; step < steps; step++)
        {
            if (random.Next(3) == 0)
            {
                driver.Pass(TimeSpan.FromMilliseconds(random.Next(3) switch { 0 => random.Next(3000), 1 => random.Next(50_000), _ => random.Next(400_000) }));
                continue;
            }

            // Mostly what concerns the present exchange, sometimes what is late or never was.
            int generation = random.Next(5) == 0 ? random.Next(1, 30) : random.Next(2) == 0 ? driver.Stream : driver.Poll;
            driver.Send(Kinds[random.Next(Kinds.Length)], Math.Max(generation, 1), random.Next(2) == 0);
            Assert.True(driver.Stream == 0 || mode != DownlinkMode.Poll, "poll mode opened a stream");
            Assert.True(driver.Poll == 0 || mode != DownlinkMode.Sse, "sse mode polled");
            Assert.True(driver.Stream != 0 || driver.Poll != 0 || driver.Due != DownlinkMachine.Never, "nothing is open and nothing is due");
        }

        driver.Send(DownlinkInputKind.Shutdown);
        Assert.Equal((0, 0), (driver.Stream, driver.Poll));
        Assert.Equal(DownlinkMachine.Never, driver.Due);
    }
}
