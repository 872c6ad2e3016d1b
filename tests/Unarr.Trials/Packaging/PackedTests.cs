namespace Unarr.EndToEnd.Tests.Packaging;

/// <summary>Tests that share the packed packages, one at a time.</summary>
[CollectionDefinition(nameof(PackedTests))]
public sealed class PackedTests : ICollectionFixture<PackedPackages>;
