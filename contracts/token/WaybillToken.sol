// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IERC20Burnable} from "../interfaces/IERC20Burnable.sol";
import {IWaybillToken} from "../interfaces/IWaybillToken.sol";
import {EpochClock, Epochs} from "../libraries/Epochs.sol";

/// @title WaybillToken
/// @dev Documented in IWaybillToken.
contract WaybillToken is ERC20Permit, ERC20Burnable, IWaybillToken {
    uint256 private constant MAX_SUPPLY = type(uint128).max;
    address private immutable DEPLOYER = msg.sender;
    EpochClock private immutable CLOCK;

    /// @inheritdoc IWaybillToken
    uint128 public immutable override mintCap;
    /// @inheritdoc IWaybillToken
    address public override minter;
    /// @dev The last epoch with a mint, and how much was minted in it.
    uint32 private _mintEpoch;
    uint128 private _minted;

    /// @param holder Who gets the first supply.
    /// @param supply The first supply, in the smallest unit.
    /// @param mintCap_ Most tokens that can be minted in an epoch; zero for a supply that never grows.
    /// @param genesis First second of epoch 0, in Unix time.
    /// @param epochLength Seconds in an epoch.
    constructor(
        address holder,
        uint256 supply,
        uint128 mintCap_,
        uint64 genesis,
        uint32 epochLength
    ) ERC20("Waybill", "WAYBILL") ERC20Permit("Waybill") {
        if (supply == 0 || supply > MAX_SUPPLY)
            revert WaybillToken_SupplyOutOfRange(supply, MAX_SUPPLY);
        CLOCK = Epochs.create(genesis, epochLength, 1);
        mintCap = mintCap_;
        _mint(holder, supply);
    }

    /// @inheritdoc IWaybillToken
    function appointMinter(address appointed) external override {
        if (msg.sender != DEPLOYER) revert WaybillToken_NotDeployer(msg.sender, DEPLOYER);
        if (minter != address(0)) revert WaybillToken_MinterAppointed(minter);
        if (appointed.code.length == 0) revert WaybillToken_NoContract(appointed);
        minter = appointed;
        emit MinterAppointed(appointed);
    }

    /// @inheritdoc IWaybillToken
    function mint(address to, uint256 amount) external override {
        if (msg.sender != minter) revert WaybillToken_NotMinter(msg.sender, minter);
        uint256 left = mintable();
        if (amount > left) revert WaybillToken_AboveMintable(amount, left);
        uint32 epoch = CLOCK.current();
        // The sum stays within the cap, which has 128 bits.
        _minted = uint128(_mintedIn(epoch) + amount);
        _mintEpoch = epoch;
        _mint(to, amount);
    }

    /// @inheritdoc IWaybillToken
    function mintable() public view override returns (uint256) {
        if (block.timestamp < CLOCK.genesis()) return 0;
        return Math.min(mintCap - _mintedIn(CLOCK.current()), MAX_SUPPLY - totalSupply());
    }

    /// @inheritdoc IERC20Burnable
    function burn(uint256 value) public override(ERC20Burnable, IERC20Burnable) {
        super.burn(value);
    }

    /// @inheritdoc IWaybillToken
    function burnFrom(
        address account,
        uint256 value
    ) public override(ERC20Burnable, IWaybillToken) {
        super.burnFrom(account, value);
    }

    /// @inheritdoc IERC20Permit
    function nonces(
        address owner
    ) public view override(ERC20Permit, IERC20Permit) returns (uint256) {
        return super.nonces(owner);
    }

    function _mintedIn(uint32 epoch) private view returns (uint256) {
        return epoch == _mintEpoch ? _minted : 0;
    }
}
