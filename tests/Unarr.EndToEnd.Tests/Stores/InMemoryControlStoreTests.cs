using Unarr.Agents.Hub.Controls;


namespace Unarr.EndToEnd.Tests.Stores;

public sealed class InMemoryControlStoreTests : ControlStoreTests
{
    private protected override IControlStore Store { get; } = new InMemoryControlStore();
}
