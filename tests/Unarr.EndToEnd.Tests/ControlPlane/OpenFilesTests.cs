using Unarr.ControlPlane.Connections;

namespace Unarr.EndToEnd.Tests.ControlPlane;

public sealed class OpenFilesTests
{
    [Theory]
    [InlineData("256", 160, 40)]
    [InlineData("512", 160, 288)]
    [InlineData("20000", 160, 19167)]
    [InlineData("256", 250, 8)]
    [InlineData("unlimited", 160, 4096)]
    public void Connections_stay_below_the_limit_with_a_reserve(string soft, int open, int connections)
    {
        string limits = $"Limit     Soft Limit\nMax open files            {soft}     1048576     files     \n";
        Assert.Equal(connections, OpenFiles.Connections(limits, open));
    }

    [Fact]
    public void Limits_without_that_of_files_leave_a_default() =>
        Assert.Equal(4096, OpenFiles.Connections("Max cpu time   unlimited   unlimited   seconds", 10));
}
